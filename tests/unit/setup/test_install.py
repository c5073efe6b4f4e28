"""`daemon/install.py`: what it does when the machine is not as it should be."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script as a module, with a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("CLIPFERRY_HOME", raising=False)
    spec = importlib.util.spec_from_file_location("install", ROOT / "daemon" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(install: ModuleType) -> Path:
    folder: Path = install.environment_dir()
    command: Path = install.inside(folder, "clipferry")
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    return folder


def test_an_old_python_is_told_which_one_to_use(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(install.Stop, match=r"3\.11 or newer") as stopped:
        install.check_python()
    assert str(newer) in str(stopped.value)


def test_a_command_of_that_name_that_is_not_ours_is_left_alone(install: ModuleType, environment: Path) -> None:
    theirs = Path.home() / ".local/bin/clipferry"
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_text("somebody's own script")
    assert install.link_command(environment) is None
    assert theirs.read_text() == "somebody's own script"


def test_a_link_of_an_earlier_installation_is_replaced(install: ModuleType, environment: Path) -> None:
    link = Path.home() / ".local/bin/clipferry"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("/gone/clipferry/app/bin/clipferry")
    assert install.link_command(environment) == link
    assert link.resolve() == install.inside(environment, "clipferry").resolve()
    assert install.link_command(environment) == link, "and a second time nothing is wrong"


def test_a_step_that_fails_says_its_last_words_and_where_the_rest_is(install: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    steps = install.Steps(log, total=1)
    talk = "import sys; [print('line', n) for n in range(50)]; sys.exit(3)"
    with pytest.raises(install.Stop) as stopped:
        steps.run([sys.executable, "-c", talk], sentence="It did not work.", hint="Do this.")
    said = str(stopped.value)
    assert said.startswith("It did not work.")
    assert "line 49" in said
    assert "line 3\n" not in said, "not all of it"
    assert str(log) in said
    assert "line 3\n" in log.read_text()


def test_settings_of_the_callers_python_do_not_reach_into_it(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PIP_USER", "1")
    log = tmp_path / "install.log"
    show = "import os; print(sorted(n for n in os.environ if n in ('PYTHONPATH', 'PIP_USER')))"
    install.Steps(log, total=1).run([sys.executable, "-c", show], sentence="", hint="")
    assert log.read_text().rstrip().endswith("[]")


def test_the_environment_lies_beside_the_history_so_that_one_folder_is_the_program(install: ModuleType) -> None:
    assert install.environment_dir() == Path.home() / ".local/share/clipferry/app"
