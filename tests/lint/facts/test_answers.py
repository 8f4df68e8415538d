"""What becomes of an answer, what bounds it, and for how many items it is asked."""

import pytest
from answers_of import words

TEXT = "text = ASK(q).output_text\n"
GEMINI = "from google import genai\nc = genai.Client().chats.create()\n"
CLASS = "from pydantic import BaseModel\nclass A(BaseModel):\n    {}\n"
PARSE = "client.responses.parse(input=q, text_format=A)"
NAMED = "a = client.responses.parse(input=q, text_format=A).output_parsed\n"


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("ASK('Answer yes or no: ' + q)", True),
        ("ASK('Answer `true` or `false`: ' + q)", True),
        ("ASK('Reply with one word: ' + q)", True),
        ("ASK('Return only the category: ' + q)", True),
        ("ASK('Choose one of the following labels: ' + q)", True),
        ("ASK('Respond with a number from 1 to 10: ' + q)", True),
        ("ASK('Answer in 20 words or less: ' + q)", True),
        ("ASK('Think step by step, then answer yes or no: ' + q)", False),
        ("ASK('Give a score between 1 and 5 and edits: ' + q)", False),
        ("ASK(q)", False),
        (TEXT + "int(text)", True),
        (TEXT + "float(text.strip())", True),
        (TEXT + "float(text.split()[0])", True),
        (TEXT + "int(len(text))", False),
        (TEXT + "text == 'yes'", True),
        (TEXT + "'no' in text.lower()", True),
        (TEXT + "'FINAL' in text", False),
        (TEXT + "text in ('red', 'green')", True),
        (TEXT + "text == 'red' or text == 'green'", True),
        (TEXT + "text == 'DONE'", False),
        (TEXT + "text == 'Skip' or text == 'Skip.'", False),
        (TEXT + "text == ''", False),
        (TEXT + "text == other", False),
        (TEXT + "text < 'yes'", False),
        (TEXT + "text in words", False),
        (TEXT + "join(text) == 'yes'", False),
        ("async def f():\n    text = (await ASK(q)).output_text\n    return text == 'no'", True),
        ("for x in ASK(q).output:\n    x.content == 'yes'", False),
        (TEXT + "label = text.strip()\nlabel.lower() == 'yes'", True),
        ("r = ASK(q)\nr.choices[0].finish_reason == 'yes'", False),
        ("r = ASK(q)\nr.model == 'yes'", False),
        ("int(ASK(q).output_text)", True),
        (CLASS.format("a: bool") + PARSE, True),
        (CLASS.format("a: Literal['x', 'y']") + PARSE, True),
        ("from enum import Enum\nclass E(Enum):\n    X = 1\n" + CLASS.format("a: E") + PARSE, True),
        (CLASS.format("a: B") + "class B:\n    pass\n" + PARSE, False),
        (CLASS.format("a: list[int]") + PARSE, False),
        (CLASS.format("a: str") + PARSE, False),
        (CLASS.format("pass") + PARSE, False),
        (CLASS.format("a: 'bool'") + PARSE, False),
        ("def A():\n    pass\n" + PARSE, False),
        (PARSE, False),
        (CLASS.format("a: str") + NAMED + "a.a == 'yes'", True),
        (CLASS.format("a: str\n    b: str") + NAMED + "a.a == 'yes'", False),
    ],
)
def test_what_makes_an_answer_short(source: str, *, short: bool) -> None:
    assert words("answer", source) == ({"short"} if short else set())


@pytest.mark.parametrize(
    ("source", "capped"),
    [
        ("ASK(q, max_output_tokens=9)", "yes"),
        ("ASK(q, max_output_tokens=limit)", "yes"),
        ("ASK(q, max_output_tokens=None)", "no"),
        ("ASK(q)", "no"),
        ("ASK(q, **options)", "unknown"),
        ("options = {'max_output_tokens': 9}\nASK(q, **options)", "yes"),
        ("client = OpenAI(base_url=url)\nASK(q)", "unknown"),
        ("client = OpenAI(base_url='http://localhost:8000')\nASK(q)", "no"),
        ("client = OpenAI(base_url='https://api.elsewhere.example')\nASK(q)", "unknown"),
        ("import zhipuai\nclient = zhipuai.ZhipuAI()\nASK(q)", "unknown"),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI(max_tokens=9).invoke(q)", "yes"),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI().invoke(q)", "no"),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI(**o).invoke(q)", "unknown"),
        (
            "from langchain_openai import ChatOpenAI\ndef f(m: ChatOpenAI):\n    m.invoke(q)",
            "unknown",
        ),
        (
            "from langchain_openai import ChatOpenAI\nChatOpenAI().bind(max_tokens=9).invoke(q)",
            "yes",
        ),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI().bind(stop=s).invoke(q)", "no"),
        ("from langchain_openai import ChatOpenAI\nChatOpenAI().bind(**o).invoke(q)", "unknown"),
        ("import litellm\nlitellm.completion(messages=m)", "no"),
    ],
)
def test_where_a_cap_is_seen(source: str, capped: str) -> None:
    assert words("capped", source) == {capped}


@pytest.mark.parametrize(
    ("source", "media"),
    [
        ("client.responses.create(model='gpt-6', input=q)", "no"),
        ("client.responses.create(model='gpt-image-2', input=q)", "yes"),
        ("client.responses.create(model=M, input=q, modalities=['audio'])", "yes"),
        ("client.responses.create(input=q, **options)", "unknown"),
    ],
)
def test_images_and_sound_are_told_from_text(source: str, media: str) -> None:
    assert words("media", source) == {media}


@pytest.mark.parametrize(
    ("source", "per_item"),
    [
        ("for x in items:\n    ASK(x)", True),
        ("[ASK(x) for x in items]", True),
        ("for x in items:\n    text = 'a' + x\n    ASK(text)", True),
        ("list(map(lambda x: ASK(x), items))", True),
        ("for x in items:\n    ASK('a')", False),
        ("while items:\n    ASK(items.pop())", False),
        ("for attempt in range(3):\n    ASK(attempt)", False),
        ("for x in items:\n    ASK(x + input())", False),
        ("for x in items:\n    ASK(x, tools=t)", False),
        ("for x in items:\n    ASK(x, previous_response_id=i)", False),
        ("for x in items:\n    ASK([*history, x])", False),
        ("m = []\nfor x in items:\n    m.append(x)\n    ASK(m)", False),
        ("for x in items:\n    m = []\n    m.append(x)\n    ASK(m)", True),
        ("def f(x):\n    ASK(x)", False),
        (GEMINI + "for x in items:\n    c.send_message(x)", False),
    ],
)
def test_requests_that_are_sent_for_each_item(source: str, *, per_item: bool) -> None:
    assert words("per-item", source) == ({"yes"} if per_item else {"no"})


def test_a_decoder_that_allows_for_few_words_constrains() -> None:
    source = "from google import genai\nc = genai.Client()\n"
    source += "c.models.generate_content(contents=q, config={'response_mime_type': 'text/x.enum'})"
    assert words("answer", source) == {"constrained"}
