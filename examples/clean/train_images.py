"""Train a ResNet on a folder of images in plain PyTorch."""

import sys

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

EPOCHS = 100
PATIENCE = 5
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def loaders(root: str) -> tuple[DataLoader, DataLoader]:
    transform = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor()])
    train = datasets.ImageFolder(f"{root}/train", transform)
    valid = datasets.ImageFolder(f"{root}/valid", transform)
    return (
        DataLoader(train, batch_size=64, shuffle=True, num_workers=4, persistent_workers=True),
        DataLoader(valid, batch_size=64, num_workers=4, persistent_workers=True),
    )


@torch.inference_mode()
def evaluate(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    correct = total = 0
    for images, labels in loader:
        output = model(images.to(device))
        correct += (output.argmax(1).cpu() == labels).sum().item()
        total += len(labels)
    return correct / total


def main(root: str) -> None:
    train_loader, valid_loader = loaders(root)
    model = models.resnet50(num_classes=len(train_loader.dataset.classes)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    criterion = nn.CrossEntropyLoss()
    best, stale = 0.0, 0
    for epoch in range(EPOCHS):
        model.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            with torch.autocast(device.type, dtype=torch.bfloat16):
                loss = criterion(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
        accuracy = evaluate(model, valid_loader)
        print(epoch, accuracy)
        if accuracy > best:
            best, stale = accuracy, 0
            torch.save(model.state_dict(), "best.pt")
        else:
            stale += 1
        if stale >= PATIENCE:
            break


if __name__ == "__main__":
    main(sys.argv[1])
