"""Functions that tell what a value means: of an address, a phone number, a job title. The one place where the language asks the kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.flow.mapping.expressions.model import WORDS, EvaluationError
from core.flow.mapping.expressions.values import type_of
from core.flow.quality.mailbox import mailbox
from core.flow.quality.phones import phone_facts
from core.flow.quality.titles import job


def _asking(name: str, judge: Callable[[str], Any], nothing: bool | None = None) -> Callable[[Any], Any]:
    """Ask about text only; null and blank text give `nothing`."""

    def asked(value: Any) -> Any:
        if value is None:
            return nothing
        if not isinstance(value, str):
            raise EvaluationError(f"`{name}` needs text, not {WORDS[type_of(value)]}. Convert it with `string(...)`.")
        return judge(value) if value.strip() else nothing

    return asked


email_suggestion = _asking("email_suggestion", lambda text: mailbox(text).suggestion)
email_mailbox = _asking("email_mailbox", lambda text: mailbox(text).box)
is_role_email = _asking("is_role_email", lambda text: mailbox(text).is_role, nothing=False)
is_disposable_email = _asking("is_disposable_email", lambda text: mailbox(text).is_disposable, nothing=False)
is_freemail = _asking("is_freemail", lambda text: mailbox(text).is_freemail, nothing=False)
is_valid_phone = _asking("is_valid_phone", lambda text: phone_facts(text).valid, nothing=False)
phone_type = _asking("phone_type", lambda text: phone_facts(text).kind.value if phone_facts(text).valid else None)
phone_country = _asking("phone_country", lambda text: phone_facts(text).region)
job_seniority = _asking("job_seniority", lambda text: _word(job(text).seniority))
job_function = _asking("job_function", lambda text: _word(job(text).function))


def _word(found: Any) -> str | None:
    return None if found is None else str(found.value)
