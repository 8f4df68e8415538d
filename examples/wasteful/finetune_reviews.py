"""Fine-tune BERT on film reviews with the Hugging Face Trainer."""

from datasets import load_dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    Trainer,
    TrainingArguments,
)

CHECKPOINT = "bert-base-uncased"


def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = AutoModelForSequenceClassification.from_pretrained(CHECKPOINT, num_labels=2)
    reviews = load_dataset("imdb").map(
        lambda batch: tokenizer(batch["text"], truncation=True), batched=True
    )
    arguments = TrainingArguments(
        output_dir="reviews",
        num_train_epochs=20,
        eval_strategy="epoch",
        save_strategy="epoch",
        per_device_train_batch_size=32,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=reviews["train"],
        eval_dataset=reviews["test"],
        processing_class=tokenizer,
    )
    trainer.train()


if __name__ == "__main__":
    main()
