"""Parts of a deployment by themselves: answers, states of a stack, the processor that libraries are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployment import answers
from deployment.aws_account import AARCH64, foreign_libraries
from deployment.stack_states import ABSENT, Situation, situation
from tests.unit.functions import template

X86_64 = 62
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little")
# All that CloudFormation's API names (StackStatus).
STATES = (
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "CREATE_IN_PROGRESS",
    "DELETE_COMPLETE",
    "DELETE_FAILED",
    "DELETE_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_IN_PROGRESS",
    "IMPORT_ROLLBACK_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
)


def test_answers_come_back_as_they_were_written(tmp_path: Path) -> None:
    given = answers.Answers(
        "staging", "111122223333", "eu-central-1", 'a "b" \\ č', {"AlarmEmail": "", "LogLevel": "INFO"}
    )
    path = answers.write(tmp_path / "new", given)
    assert answers.read(tmp_path / "new", "staging") == given
    assert answers.known_stacks(tmp_path / "new") == ["staging"]
    assert sorted(each.name for each in path.parent.iterdir()) == ["staging.toml"]


def test_without_a_file_nothing_was_answered(tmp_path: Path) -> None:
    assert answers.read(tmp_path, "x") == answers.Answers("x")
    assert answers.known_stacks(tmp_path / "none") == []


@pytest.mark.parametrize("text", ["region = ", "region = 1", "parameters = 3", "[parameters]\nA = 1"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(answers.UnreadableAnswersError, match=r"x\.toml cannot be read"):
        answers.read(tmp_path, "x")


@pytest.mark.parametrize("state", [*STATES, "SOMETHING_NEW"])
def test_every_state_either_may_be_deployed_to_or_has_a_way_on(state: str) -> None:
    found = situation(state, "shops", " --region eu-west-1")
    ready = state in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"} or (
        state.endswith("_COMPLETE") and state != "ROLLBACK_COMPLETE"
    )
    assert (not found.go_on) is ready
    if not ready and state != "SOMETHING_NEW":
        assert "--stack-name shops --region eu-west-1" in found.go_on


def _bare(state: str) -> Situation:
    return situation(state, "x", "")


def test_only_a_stack_that_is_not_there_is_a_first_time() -> None:
    assert [one.state for one in map(_bare, (ABSENT, *STATES)) if one.first and not one.go_on] == [
        ABSENT,
        "DELETE_COMPLETE",
        "REVIEW_IN_PROGRESS",
    ]  # fmt: skip


@pytest.mark.parametrize(("machine", "foreign"), [(AARCH64, []), (X86_64, ["_core.so"])])
def test_a_library_for_another_processor_is_found(tmp_path: Path, machine: int, foreign: list[str]) -> None:
    folder = tmp_path / "CoreLayer" / "python" / "pydantic_core"
    folder.mkdir(parents=True)
    (folder / "_core.so").write_bytes(ELF + machine.to_bytes(2, "little") + bytes(40))
    (folder / "linker.so").write_text("INPUT(libx.so.1) and so on")
    (folder / "short.so").write_bytes(b"\x7fELF")
    assert foreign_libraries(tmp_path) == foreign


def test_the_template_can_be_published() -> None:
    about = template.read()["Metadata"]["AWS::ServerlessRepo::Application"]
    assert (Path(__file__).parents[3] / about["ReadmeUrl"]).is_file()
    assert 1 <= len(about["Description"]) <= 256
    assert len(about["Labels"]) <= 10
    assert "SpdxLicenseId" not in about, "there is no license file"
