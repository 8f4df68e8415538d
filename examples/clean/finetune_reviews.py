"""Fine-tune BERT on film reviews with the Hugging Face Trainer."""

from datasets import load_dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    EarlyStoppingCallback,
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
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        per_device_train_batch_size=32,
        bf16=True,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=reviews["train"],
        eval_dataset=reviews["test"],
        processing_class=tokenizer,
        callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
    )
    trainer.train()


if __name__ == "__main__":
    main()
