"""Short forms of given names, as far as comparing needs them."""

from __future__ import annotations

from functools import lru_cache

_GROUPS = """
robert bob bobby rob robbie bert
william bill billy will willy liam wilhelm
richard dick rick ricky rich richie
elizabeth liz lizzie beth betty eliza elisabeth lisa elsa
margaret maggie meg peggy greta margarete margarita
katherine kate katie kathy cathy catherine kathryn kit katharina
james jim jimmy jamie
john jack johnny jon
joseph joe joey josef
michael mike mick mickey michel
thomas tom tommy
charles charlie chuck karl carl
edward ed eddie ted teddy ned eduard
anthony tony antonio toni anton
daniel dan danny
david dave
christopher chris kit topher
christine chris christina tina kristina
alexander alex sasha xander sandro
alexandra alex sasha sandra
andrew andy drew andreas andrea
benjamin ben benny
samuel sam sammy
samantha sam
matthew matt matthias
nicholas nick nicky nikolaus klaus
patrick pat paddy
patricia pat patty trish
steven steve stephen stefan
susan sue susie suzanne susanne
jennifer jenny jen
jessica jess jessie
deborah debbie deb
rebecca becky becca
barbara barb babs
dorothy dot dottie dora
frederick fred freddy friedrich fritz
francis frank frankie franz francisco paco
frances fran fanny
gregory greg
henry harry hank heinrich heinz
lawrence larry laurence lars
leonard leo len lenny
peter pete
philip phil phillip
raymond ray
ronald ron ronnie
theodore ted theo teddy
timothy tim timmy
victoria vicky tori
vincent vince vinnie
walter walt wally
jose pepe
johannes hannes hans jan johann
maximilian max
sebastian bastian basti
georg george jorg schorsch
ulrich uli
wolfgang wolf
""".strip().splitlines()


def _build() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _GROUPS:
        names = line.split()
        for name in names:
            found.setdefault(name, set()).update(names)
    return {name: frozenset(others - {name}) for name, others in found.items()}


_KNOWN = _build()


def are_nicknames(one: str, other: str) -> bool:
    """Whether two folded given names are forms of one."""
    return other in _KNOWN.get(one, ())


@lru_cache(maxsize=50_000)
def root(given: str) -> str:
    """Give one form for all short forms of a name; a short form of several names goes to the first of the list."""
    for line in _GROUPS:
        names = line.split()
        if given in names:
            return names[0]
    return given
