"""Sort support tickets with a hosted model, and find tickets that are alike."""

import csv
import sys

import pandas as pd
from openai import OpenAI

client = OpenAI()

LABELS = ("billing", "outage", "feature request", "other")


def label(ticket: str) -> str:
    response = client.chat.completions.create(
        model="gpt-5-mini",
        messages=[
            {"role": "system", "content": f"Answer with one of: {', '.join(LABELS)}."},
            {"role": "user", "content": ticket},
        ],
    )
    return response.choices[0].message.content.strip().lower()


def label_file(path: str) -> list[str]:
    """Every run sends every row again."""
    labels = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            labels.append(label(row["text"]))
    return labels


def embed(tickets: list[str]) -> list[list[float]]:
    vectors = []
    for ticket in tickets:
        response = client.embeddings.create(model="text-embedding-3-small", input=ticket)
        vectors.append(response.data[0].embedding)
    return vectors


def weekly_report(path: str) -> str:
    tickets = pd.read_csv(path)
    response = client.chat.completions.create(
        model="gpt-5-mini",
        max_completion_tokens=500,
        messages=[
            {"role": "user", "content": f"Summarize these tickets:\n{tickets.to_string()}"},
        ],
    )
    return response.choices[0].message.content


if __name__ == "__main__":
    print(label_file(sys.argv[1]))
    print(len(embed(pd.read_csv(sys.argv[1])["text"].tolist())))
    print(weekly_report(sys.argv[1]))
