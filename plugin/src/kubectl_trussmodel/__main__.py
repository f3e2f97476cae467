"""``python -m kubectl_trussmodel``: the same as ``kubectl trussmodel``."""

from kubectl_trussmodel.cli import run

if __name__ == "__main__":
    run()
