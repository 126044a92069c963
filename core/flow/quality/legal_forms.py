"""Legal forms of companies in many countries: as they are written after a name or before it, and the one name of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

Words = tuple[str, ...]

_AFTER = """
gmbh: ges mbh, gesmbh, mbh, gesellschaft mit beschrankter haftung, gmbh ig, ggmbh, gemeinnutzige gmbh, gmbh in grundung
gmbh & co kg: gmbh co kg, gmbh und co kg, gmbh and co kg, gmbh & co, gmbh & cie kg, gmbh u co kg, gmbh kg, gmbhcokg|gmbh & co kgaa
gmbh & co ohg|ag|ag & co kg: ag co kg, ag und co kg|aktiengesellschaft|se: societas europaea|sce|se & co kg: se co kg|se & co kgaa
ug & co kg: ug co kg, ug haftungsbeschrankt & co kg|ohg & co kg|kg: kommanditgesellschaft|kgaa: kg aa|& co kg: co kg, und co kg, & cie kg
& co kgaa|& co ohg|ohg: offene handelsgesellschaft
ug: ug haftungsbeschrankt, ug haftungsbeschraenkt, unternehmergesellschaft, unternehmergesellschaft haftungsbeschrankt|gbr: gesbr
ek: e kfm, e kfr, ekfm, ekfr|eu|eg|egen|egmbh|ev|partg: partgmbb, part g, part gmbb, mbb, partnerschaftsgesellschaft|og|keg|sagl|sa ag
inc: incorporated|llc: limited liability company, l lc|llp|lllp|lp|ltd: limited, ltd co, co ltd, co limited, company limited, company ltd
corp: corporation|co: company, & co, and company, & company, und co, & cie, et cie, & c, y cia, e cia, & cia, cia, compania, compagnie|pbc
pllc|pc|plc: public limited company|cic|cio|ulc|nfp|pty ltd: pty, pty limited, proprietary limited, proprietary ltd, p l
pte ltd: pte, pte limited, private limited, private ltd|pvt ltd: pvt, pvt limited, p ltd|sdn bhd: sdn, sendirian berhad|bhd: berhad
opc pvt ltd: opc|dac|clg|teoranta: teo|cpt|sarl: sa rl, sarlu, sarl unipersonnelle, societe a responsabilite limitee, eurl, selarl, sarlau
sas: sasu, societe par actions simplifiee|snc|scs|sca|sci|scop|scp|scrl: scarl|gie|sem|selas|ei|eirl|earl
sa: societe anonyme, sociedad anonima, sociedade anonima, sa nv, nv sa|scic|asbl|sprl: sprlu|srl cv|spa: societa per azioni
srl: societa a responsabilita limitata, srl unipersonale|srls|sapa|sas di|ss|scpa|soc coop: societa cooperativa, scarl onlus
sl: sociedad limitada, slu, s l|sll|slne|slp|sau|sal|sc|scoop: s coop, sociedad cooperativa|cb|aie|ute|sa de cv: sa de c v|sab de cv: sab
sapi de cv: sapi|s de rl de cv: s de rl|spr de rl|ltda: limitada, lda, ltda me, ltda epp, unipessoal lda|eireli|mei|sgps|epp|eirl|sac|saa
cia ltda|eu srl|bv: besloten vennootschap|nv: naamloze vennootschap|bvba|vof|cv|cvba|cvoa|vzw|commv|gcv|maatschap|nv sa
ab: ab publ, aktiebolag, publ ab, abp|hb: handelsbolag|kb|as: aksjeselskap|asa|ans|da|nuf|ba|a s|aps: anpartsselskab|amba|is|k s: ks|p s
ivs|oy: oyj, osakeyhtio, oy ab, ky, oy ltd|ehf|hf|ohf|ou: osauhing|tu|mtu|sia|uab|mb|ii|iv
sp zoo: sp z oo, spzoo, spolka zoo, spolka z oo, spolka z ograniczona odpowiedzialnoscia
sp zoo sp k: sp z oo sp k, sp z oo spk, sp z oo sk, sp z oo spolka komandytowa|sp k: spk, spolka komandytowa|sp j: spj, spolka jawna|sp p
ska|psa|sro: spol sro, s ro, spol s ro|as cz|vos|ks|zs|ops|sp|dd|doo: d oo|dno|jdoo|jtd|kd|zoo|kft|zrt|nyrt|bt|rt|kkt|eood|ood|ead|ad|et
kda|sd|pfa|srl d|scs ro|doo el|dooel|tp|ptc|ooo|oao|zao|pao|ao|tov|too|pjsc|cjsc|jsc|ojsc|ооо|оао|зао|пао|ао|тов|тоо|прат|пат|ип|ae: aeve
epe|ike|oe|ee|as tr: anonim sirketi, anonim sirket
ltd sti: limited sirketi, limited sirket, sti, san tic ltd sti, san ve tic ltd sti, tic ltd sti|bm
llc fz: fz llc, fzllc, fze, fzco, fzc, dmcc|wll|bsc|psc|saog|saoc|ksc|kscc|qsc|pjsc|est|kk: kabushiki kaisha, kabushikikaisha, kaisha|gk
yk|株式会社: (株), ㈱|有限会社: (有), ㈲|合同会社|주식회사: (주), ㈜|유한회사
有限公司: 有限责任公司, 有限責任公司, 股份有限公司, 公司|tbk: persero, persero tbk
jsc vn: joint stock company|co jsc
"""
_BEFORE = """
ooo|oao|zao|pao|ao|ip|chp|too|tov|tzov|prat|pat|fop|ооо|оао|зао|пао|ао|ип|чп|тов|тоо|тзов|прат|пат|фоп|ет|ад|pt|cv|ud|cong ty tnhh
cong ty cp|cong ty co phan|cong ty|uab|sia|as|ou|ab|oy|mb|vsi|sa|sarl|sas|sci|eurl|snc|gie|ets: etablissements|ste: societe|srl|spa|ditta
firma|fa|firm|asbl|vzw|kk: kabushiki kaisha|株式会社: (株), ㈱|有限会社: (有), ㈲|合同会社|주식회사: (주), ㈜|유한회사
"""


@cache
def forms_after() -> Mapping[Words, str]:
    """Forms that stand after a name, as folded words, each with the one name it has here."""
    return _parse(_AFTER)


@cache
def forms_before() -> Mapping[Words, str]:
    """Forms that stand before a name."""
    return _parse(_BEFORE)


def _parse(table: str) -> Mapping[Words, str]:
    found: dict[Words, str] = {}
    for entry in (entry for line in table.strip().splitlines() for entry in line.split("|")):
        name, _, variants = entry.partition(":")
        for form in (name, *variants.split(",")):
            if form.strip():
                found.setdefault(tuple(form.split()), name.strip())
    return found
