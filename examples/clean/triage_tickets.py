"""Sort support tickets with a hosted model, and find tickets that are alike."""

import csv
import sys

import pandas as pd
from diskcache import Cache
from openai import OpenAI

client = OpenAI()
cache = Cache(".ticket-labels")

LABELS = ("billing", "outage", "feature request", "other")


@cache.memoize()
def label(ticket: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5-mini",
        max_completion_tokens=10,
        messages=[
            {"role": "system", "content": f"Answer with one of: {', '.join(LABELS)}."},
            {"role": "user", "content": ticket},
        ],
    )
    return response.choices[0].message.content.strip().lower()


def label_file(path: str) -> list[str]:
    """A second run reads the answers from the disk."""
    labels = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            labels.append(label(row["text"]))
    return labels


def embed(tickets: list[str], batch: int = 256) -> list[list[float]]:
    vectors = []
    for start in range(0, len(tickets), batch):
        response = client.embeddings.create(
            model="text-embedding-3-small", input=tickets[start : start + batch]
        )
        vectors.extend(item.embedding for item in response.data)
    return vectors


def weekly_report(path: str) -> str:
    tickets = pd.read_csv(path)
    excerpt = tickets.sample(min(len(tickets), 50), random_state=0).to_string()
    response = client.chat.completions.create(
        model="gpt-5-mini",
        max_completion_tokens=500,
        messages=[
            {"role": "user", "content": f"Summarize this sample of tickets:\n{excerpt}"},
        ],
    )
    return response.choices[0].message.content


if __name__ == "__main__":
    print(label_file(sys.argv[1]))
    print(len(embed(pd.read_csv(sys.argv[1])["text"].tolist())))
    print(weekly_report(sys.argv[1]))
