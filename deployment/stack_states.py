"""What CloudFormation's state of a stack means for the next deployment, and how to go on from it."""

from __future__ import annotations

from dataclasses import dataclass

ABSENT = ""
"""State of a stack that does not exist."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What `state` means. `go_on` is empty where a deployment may begin; else it says what to do before."""

    state: str
    says: str
    go_on: str = ""
    first: bool = False
    """The deployment creates the stack."""


_FIRST = "does not exist: this is the first time"
_UPDATE = "exists: this is an update"
_TAKEN_BACK = "exists; its last update failed and was taken back: this is an update"
_IN_PROGRESS = "something is at work on it"
_NEVER_CAME = "its first deployment failed; what is left of it must go before the next"
_STAYED = "could not be deleted as a whole; the rest must go before it can be made anew"
_HALF = "an update failed and could not be taken back"

_READY = {
    ABSENT: (_FIRST, True),
    "DELETE_COMPLETE": (_FIRST, True),
    "REVIEW_IN_PROGRESS": ("was planned and never made: this is the first time", True),
    "CREATE_COMPLETE": (_UPDATE, False),
    "UPDATE_COMPLETE": (_UPDATE, False),
    "IMPORT_COMPLETE": (_UPDATE, False),
    "IMPORT_ROLLBACK_COMPLETE": (_UPDATE, False),
    "UPDATE_ROLLBACK_COMPLETE": (_TAKEN_BACK, False),
}
_REMOVE_FIRST = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
_CONTINUE = {"UPDATE_ROLLBACK_FAILED": "continue-update-rollback", "UPDATE_FAILED": "rollback-stack"}


def situation(state: str, stack: str, options: str) -> Situation:
    """What `state` means for `stack`. `options` ends every command that is named (region and profile)."""
    aws = f"aws cloudformation {{}} --stack-name {stack}{options}"
    if state in _READY:
        says, first = _READY[state]
        return Situation(state, says, first=first)
    if state in _REMOVE_FIRST:
        remove = f"{aws.format('delete-stack')} && {aws.format('wait stack-delete-complete')}"
        return Situation(
            state,
            _STAYED if state == "DELETE_FAILED" else _NEVER_CAME,
            f"run `{remove}`, then make deploy again (table and bucket stay behind: docs/deploy.md)",
            first=True,
        )
    if state in _CONTINUE:
        return Situation(state, _HALF, f"run `{aws.format(_CONTINUE[state])}`, then make deploy again")
    if state.endswith("_IN_PROGRESS"):
        look = f"{aws.format('describe-stacks')} --query Stacks[0].StackStatus"
        return Situation(
            state, _IN_PROGRESS, f"wait until `{look}` does not end in IN_PROGRESS, then make deploy again"
        )
    return Situation(
        state, "is in a state that is not known here", "look at it in the console of CloudFormation"
    )
