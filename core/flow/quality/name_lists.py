"""Words that stand beside a person's name, and family names by which the order of a name is told."""

from __future__ import annotations

PARTICLES = frozenset(
    """
    von vom van de der den del della delle dello degli dei di da das do dos du des d la le los las al el bin ibn bint abu ten ter te
    zu zur zum af av op t het
    """.split()  # noqa: SIM905 - a list of quoted words reads worse
)
"""They belong to the family name that follows them."""

JOINING = frozenset({"und", "y", "e", "i", "in"})
"""Between two particles or two family names."""

SAINTS = frozenset({"st", "saint", "san", "santa", "mac", "mc", "ben", "ap"})
"""They begin a family name, but may also be a given name: only before the last word."""

TITLES = frozenset(
    """
    mr mrs ms miss mx sir madam dame lord lady dr dres prof professor doctor rev reverend fr hon herr herrn frau frl fraulein ing
    dipl diplom mag bakk univ priv doz pd med phil jur rer nat habil pol oec techn hc h c dring dipling diplkfm diplvw diplinf
    m mme mlle mgr me maitre monsieur madame docteur sr sra srta don dona senor senora senhor senhora d da eng dott dottssa dssa
    dottoressa sig sigra signor signora signorina avv arch geom rag cav on gent dhr mevr mw heer mevrouw drs ir mr
    pan pani inz mgr hr fru herra rouva bay bayan shri smt kumari datuk dato tan sri haji hajah capt col gen maj sgt lt
    """.split()  # noqa: SIM905
)
"""Before a name, without points and accents."""

ONLY_WITH_POINT = frozenset(
    """
    m me d da on fr h c sr don dona eng arch col gen maj tan pan ing mag lt hon bay sri med nat pol jur doz ir gent cav rag rev lord
    """.split()  # noqa: SIM905
)
"""Titles that are names of their own, unless a point stands behind them."""

SUFFIXES = {
    **dict.fromkeys(("jr", "junior", "jun", "jnr", "filho", "hijo", "fils"), "jr"),
    **dict.fromkeys(("sr", "senior", "sen", "snr", "pere"), "sr"),
    "ii": "ii",
    "iii": "iii",
    "iv": "iv",
    "2nd": "ii",
    "3rd": "iii",
    "4th": "iv",
    "neto": "neto",
}
"""Behind a name: which of several people of one name it is."""

DEGREES = frozenset(
    """
    phd md mba msc bsc cpa esq esquire llm llb llmeur dds dvm rn pe pmp cfa cissp facs ma ba bed med edd jd dphil mphil mres
    ing bsn msn mph fcca aca acca meng beng mdes mpa bcom mcom mfa bfa dba ret sc ra hons obe mbe cbe kc qc
    """.split()  # noqa: SIM905
)
"""Behind a name, for what somebody has learned or been given."""

CHINESE = frozenset(
    """
    wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang xu deng han feng
    cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu ding ren yao shen zhong cui tan wong chan leung cheung
    kwok kwan ho lam lau chow ng tsang tsai hsu hsieh chiu chiang chang
    """.split()  # noqa: SIM905
)
KOREAN = frozenset(
    """
    kim lee park choi jung jeong kang cho jo yoon yun jang lim im han oh seo shin kwon hwang ahn an song yoo yu ryu hong
    """.split()  # noqa: SIM905
)
VIETNAMESE = frozenset(
    """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh doan trinh truong lam mai cao luong
    """.split()  # noqa: SIM905
)
HUNGARIAN = frozenset(
    """
    nagy kovacs toth szabo horvath varga kiss molnar nemeth farkas balogh papp takacs juhasz lakatos meszaros olah simon racz fekete
    szilagyi torok feher balazs gal kis szucs kocsis orsos pinter fodor szalai sipos magyar lukacs gulyas biro kiraly katona laszlo
    jakab bogdan balog sandor boros fazekas kelemen antal somogyi fulop orban hegedus vincze barta pal szekely halasz bakos
    """.split()  # noqa: SIM905
)
HUNGARIAN_GIVEN = frozenset(
    """
    anna maria katalin eva ilona erzsebet zsuzsanna margit judit agnes andrea julianna erika ildiko krisztina monika
    laszlo istvan jozsef janos zoltan sandor ferenc gabor attila peter tamas zsolt tibor andras csaba imre lajos gyorgy balazs gyula
    mihaly karoly robert bela daniel adam krisztian bence mate levente aron gergo norbert miklos arpad zsofia dora reka eszter
    nora timea viktoria edit marta piroska aniko emese orsolya szilvia beata
    """.split()  # noqa: SIM905
)
IBERIAN = frozenset(
    """
    garcia rodriguez gonzalez fernandez lopez martinez sanchez perez gomez martin jimenez ruiz hernandez diaz moreno munoz alvarez
    romero alonso gutierrez navarro torres dominguez vazquez ramos gil ramirez serrano blanco molina morales suarez ortega delgado
    castro ortiz rubio marin sanz nunez iglesias medina garrido cortes castillo santos lozano guerrero cano prieto mendez cruz
    calvo gallego vidal leon marquez herrera pena flores cabrera campos vega fuentes carrasco diez reyes caballero nieto aguilar pascual
    santana herrero lorenzo montero hidalgo gimenez ibanez ferrer duran santiago benitez mora vicente vargas arias carmona crespo
    rojas chavez rivera mendoza guzman salazar silva soto contreras espinoza valdez acosta figueroa cordova maldonado cardenas
    ferreira pereira oliveira costa rodrigues martins sousa fernandes goncalves gomes lopes marques alves almeida ribeiro pinto
    carvalho teixeira moreira correia mendes nunes soares vieira monteiro cardoso rocha neves coelho dias ramos tavares
    barbosa barros lima araujo melo nascimento souza moura cavalcante
    """.split()  # noqa: SIM905
) - {"martin", "vicente", "santiago", "lorenzo", "simon", "pascual"}
"""Family names of Spanish and Portuguese, without those that are given names as well."""

IBERIAN_GIVEN = frozenset(
    """
    jose juan carlos luis antonio manuel francisco javier jesus miguel angel rafael pedro pablo alberto fernando jorge alejandro
    ricardo eduardo sergio andres diego daniel david maria carmen ana isabel dolores pilar teresa rosa cristina laura elena marta
    lucia paula josefa antonia mercedes concepcion rosario luisa patricia beatriz joao paulo marcos felipe gabriel lucas bruno
    """.split()  # noqa: SIM905
)
COMPOUND_HAN = frozenset(
    """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 夏侯 端木 南宫 남궁 황보 제갈 사공 선우 서문 독고
    """.split()  # noqa: SIM905
)
