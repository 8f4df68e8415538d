"""A supervised command behaves as if the shell ran it, and its whole tree can be stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from supervised import UNLIMITED, arguments, in_terminal, supervise

LONG = "import time\nwhile time.process_time() < 30: pass"


def python(program: str) -> tuple[str, str, str]:
    return sys.executable, "-c", program


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 3", 3), ("kill -KILL $$", 137), ("kill -TERM $$", 143)],
)
def test_exit_code_is_that_of_the_command(tmp_path: Path, script: str, code: int):
    report = supervise("sh", "-c", script, directory=tmp_path)
    assert (report.code, report.stopped) == (code, False)


def test_standard_input_and_output_are_the_command_s_own(tmp_path: Path):
    report = supervise("sh", "-c", "read line; echo got $line", directory=tmp_path, stdin="hello\n")
    assert report.out == "got hello\n"


def test_command_finds_the_signals_as_a_shell_leaves_them(tmp_path: Path):
    # glibc ignores its own signals 32 and 33 in what it spawns.
    show = "grep -E 'SigBlk|SigIgn' /proc/self/status | sed s/00000001800/00000000000/"
    report = supervise("sh", "-c", show, directory=tmp_path)
    plain = subprocess.run(["sh", "-c", show], capture_output=True, text=True, check=True)
    assert report.out == plain.stdout


TREE = """
import os, sys, time
def burn(seconds):
    while time.process_time() < seconds: pass
if not os.fork():
    burn(0.2)          # a child that its parent waits for
    os._exit(0)
os.wait()
if not os.fork():
    if not os.fork():
        os.setsid()    # a daemon: its parent is gone at once
        burn(0.3)
        os._exit(0)
    os._exit(0)
burn(0.1)
"""


def test_cpu_time_counts_all_of_the_tree_also_those_that_ended(tmp_path: Path):
    report = supervise(*python(TREE), directory=tmp_path)
    assert (report.code, report.left) == (0, 0)
    assert 0.6 <= report.seconds < 1.1 + start_up(tmp_path)


def start_up(directory: Path) -> float:
    """The CPU seconds that a Python takes which does nothing."""
    return supervise(*python("pass"), directory=directory).seconds


FORGETFUL = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)    # the kernel forgets the children at their end
for _ in range(3):
    if not os.fork():
        while time.process_time() < 0.5: pass
        os._exit(0)
    try:
        os.wait()
    except ChildProcessError:
        pass
"""


def test_cpu_time_of_forgotten_children_is_not_lost(tmp_path: Path):
    report = supervise(*python(FORGETFUL), directory=tmp_path)
    # But for what each of them used after the last look at it.
    assert 0.7 <= report.seconds < 2 + start_up(tmp_path)


def test_command_ends_when_the_last_it_left_behind_has(tmp_path: Path):
    report = supervise("sh", "-c", "(sleep 0.4; touch $0) & exit 5", f"{tmp_path}/done",
                       directory=tmp_path)  # fmt: skip
    assert report.code == 5
    assert (tmp_path / "done").exists()


STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(2):
    if not os.fork():
        os.setsid()
while True: pass
"""


@pytest.mark.parametrize(
    ("program", "code", "grace"),
    [
        (LONG, 143, 60),
        (f"import signal, sys\nsignal.signal(15, lambda *_: sys.exit(7))\n{LONG}", 7, 60),
        (STUBBORN, 137, 0.1),
        (f"import os; os.fork() or os.setsid()\n{LONG}", 143, 60),
    ],
)  # fmt: skip
def test_tree_is_stopped_politely_and_then_for_good(
    tmp_path: Path, program: str, code: int, grace: float
):
    # By then the program has started, and says what it makes of signals.
    report = supervise(*python(program), directory=tmp_path, limit="1", grace=grace)
    assert (report.code, report.stopped, report.left) == (code, True, 0)


def test_stopped_process_is_ended_too(tmp_path: Path):
    program = f"import os, signal; os.fork() or os.kill(os.getpid(), 19)\n{LONG}"
    report = supervise(*python(program), directory=tmp_path, limit="1", grace=60)
    assert (report.stopped, report.left) == (True, 0)


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"])
def test_signal_is_passed_on_once(tmp_path: Path, name: str):
    ready, got = tmp_path / "ready", tmp_path / "got"
    script = (
        f"trap 'echo {name} >> {got}; exit 9' {name}; touch {ready}; while :; do sleep 0.05; done"
    )
    command = arguments(["bash", "-c", script], f"{tmp_path}/report", limit=UNLIMITED, grace=1)
    with subprocess.Popen(command) as process:
        wait_for(ready)
        process.send_signal(signal.Signals[f"SIG{name}"])
        assert process.wait(60) == 9
    assert got.read_text() == f"{name}\n"


def test_key_reaches_the_command_once(tmp_path: Path):
    program = """
import signal, sys, time
count = 0
def note(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, note)
print("ready", flush=True)
end = time.monotonic() + 0.5
while time.monotonic() < end or not count: time.sleep(0.01)
print(f"<{count}>", flush=True)
sys.exit(4)
"""
    command = arguments(python(program), f"{tmp_path}/report", limit=UNLIMITED, grace=1)
    terminal = in_terminal(command)
    terminal.read_until(b"ready")
    terminal.send(b"\x03")
    assert b"<1>" in terminal.read_until(b">")
    assert terminal.end() == 4


def test_interrupted_command_ends_as_from_a_shell(tmp_path: Path):
    script = ["sh", "-c", "echo ready; exec sleep 30"]
    terminal = in_terminal(arguments(script, f"{tmp_path}/report", limit=UNLIMITED, grace=1))
    terminal.read_until(b"ready")
    terminal.send(b"\x03")
    assert terminal.end() == 130


def test_interactive_command_has_the_terminal(tmp_path: Path):
    program = "print(input('name? ')); import sys; print(sys.stdin.isatty(), sys.stdout.isatty())"
    command = arguments(python(program), f"{tmp_path}/report", limit=UNLIMITED, grace=1)
    terminal = in_terminal(command)
    terminal.read_until(b"name? ")
    terminal.send(b"ada\n")
    assert b"ada\r\nada\r\nTrue True" in terminal.read_until(b"True True")
    assert terminal.end() == 0


def test_suspended_command_and_supervisor_stop_and_go_on_together(tmp_path: Path):
    # An interactive shell shows what it thinks of a job.
    line = " ".join(
        f"'{word}'"
        for word in arguments(
            ["sh", "-c", "echo ready; sleep 1; echo finished"],
            f"{tmp_path}/report", limit=UNLIMITED, grace=1,
        )
    )  # fmt: skip
    script = tmp_path / "job.sh"
    script.write_text(f"exec {line}\n")
    terminal = in_terminal(
        ["bash", "--norc", "--noprofile", "-i"], {**os.environ, "PS1": "$ ", "TERM": "dumb"}
    )
    terminal.send(f"bash {script}\n".encode())
    terminal.read_until(b"ready\r\n")
    terminal.send(b"\x1a")
    terminal.read_until(b"Stopped")
    terminal.send(b"fg\n")
    terminal.read_until(b"finished")
    terminal.send(b"exit\n")
    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("command", "code"), [(("/no/such/program",), 127), (("/etc/passwd",), 126), (("/",), 126)]
)
def test_command_that_cannot_run_has_the_exit_code_of_env(command: tuple[str], code: int):
    program = (
        "import sys, os\n"
        "from greenlint.errors import GreenlintError\n"
        "from greenlint.runtime.command.spawn import spawn\n"
        "try: spawn(sys.argv[1:], os.environ, mask=set())\n"
        "except GreenlintError as error: sys.exit(error.exit_code)"
    )
    ended = subprocess.run([*python(program), *command], check=False)
    env = subprocess.run(["env", *command], check=False, capture_output=True)
    assert (ended.returncode, env.returncode) == (code, code)
