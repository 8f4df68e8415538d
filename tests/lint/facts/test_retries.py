"""Loops that send a request until it works, and agents that go on until the model stops."""

import pytest
from answers_of import words

TRY = "while True:\n    try:\n        r = ASK(p)\n        break\n"


@pytest.mark.parametrize(
    "source",
    [
        TRY + "    except Exception:\n        pass",
        TRY + "    except RateLimitError:\n        time.sleep(60)",
        TRY + "    except RateLimitError:\n        continue\n    except Exception:\n        raise",
        TRY + "    except Exception:\n        tries += 1\n        time.sleep(2**tries)",
        "def f():\n  while 1:\n    try:\n      return ASK(p)\n    except:\n      print(1)",
    ],
)
def test_nothing_ends_the_attempts(source: str) -> None:
    assert words("tried", source) == {"endless"}


@pytest.mark.parametrize(
    "source",
    [
        TRY + "    except Exception:\n        raise",
        TRY + "    except Exception:\n        break",
        TRY + "    except Exception:\n        sys.exit(1)",
        TRY + "    except Exception:\n        n += 1\n        if n > 5:\n            raise",
        TRY + "    except Exception:\n        if time.time() > end:\n            raise",
        TRY + "    except Exception:\n        if attempts == MAX_ATTEMPTS:\n            give_up()",
        TRY.replace("while True", "for n in range(5)") + "    except E:\n        pass",
        "while True:\n    r = ASK(p)",
        "while True:\n  try:\n    r = ASK(input())\n  except E:\n    pass",
        "ASK(p)",
    ],
)
def test_something_ends_them_or_they_are_no_attempts(source: str) -> None:
    assert words("tried", source) == set()


def test_a_loop_with_two_requests_is_one_finding() -> None:
    source = TRY.replace("break", "s = ASK(q)\n        break") + "    except E:\n        pass"
    assert words("tried", source) == set()  # the last request; the first one stands for the loop


LOOP = "    r = ASK(m)\n    if not r.tool_calls:\n        break\n    m.append(r)"


@pytest.mark.parametrize(
    "source",
    [
        f"while True:\n{LOOP}",
        f"while r.stop_reason == 'tool_use':\n{LOOP}",
        f"while r.choices[0].message.tool_calls:\n{LOOP}",
        f"while not done or r.tool_calls:\n{LOOP}",
    ],
)
def test_only_the_model_ends_the_loop(source: str) -> None:
    assert words("agent-loop", source) == {"endless"}


@pytest.mark.parametrize(
    "source",
    [
        f"while True:\n    n += 1\n    if n > 20:\n        break\n{LOOP}",
        f"while r.tool_calls and n < max_steps:\n{LOOP}",
        f"while True:\n    m.append(input())\n{LOOP}",
        f"while True:\n    x = queue.get()\n{LOOP}\n    queue_of(x)",
        f"while waiting:\n{LOOP}",
        f"for step in range(9):\n{LOOP}",
        f"for row in rows:\n    for step in range(9):\n{LOOP.replace('    ', '        ')}",
    ],
)
def test_a_count_or_a_person_ends_it(source: str) -> None:
    assert words("agent-loop", source) == set()
