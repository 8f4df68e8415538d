"""Dockerfiles, Compose files and Kubernetes manifests: read into facts that rules can name."""
