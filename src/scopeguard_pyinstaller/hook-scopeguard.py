"""PyInstaller puts the shipped policies and grammars where a wheel has them, from a checkout too."""

from scopeguard.shipped import policies

datas = [(str(policies().parent / name), f"scopeguard/_shipped/{name}") for name in ("grammar", "policies")]
