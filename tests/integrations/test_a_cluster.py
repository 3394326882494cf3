"""Beyond one machine: the expression of Polars goes to where the rows are."""

from pathlib import Path

import polars as pl
import pytest

from scopeguard import Guard, Principal
from scopeguard.integrations import polars as by_polars

PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string}}
  surfaces:
    docs: {actions: [read], coarse: true, attributes: {team: string}}
rules:
  - {id: docs.team, effect: deny, code: not_permitted, on: ["docs:read"], when: 'principal.team != resource.team'}
"""


@pytest.mark.slow
def test_a_local_cluster_of_two_processes(tmp_path: Path) -> None:
    """A folder of Parquet files, read by Dask: neither guard nor policies go along."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    file = tmp_path / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    guard = Guard.load(file)
    frame = pl.DataFrame({"id": range(100), "space": ["w"] * 100, "team": ["red", "blue", None, "red"] * 25})
    paths = []
    for part in range(4):
        paths.append(str(tmp_path / f"part{part}.parquet"))
        frame[part * 25 : part * 25 + 25].write_parquet(paths[-1])
    columns = by_polars.map_columns(guard, frame, surface="docs", workspace="space", attributes={"team": "team"})
    who = Principal.api_key("k", workspace="w", scopes="docs:read", attributes={"team": "red"})
    where = by_polars.permitted(columns, who, "docs:read").where
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        parts = client.map(lambda path: pl.scan_parquet(path).filter(where).select("id").collect(), paths)
        found = pl.concat(client.gather(parts))
    assert found["id"].to_list() == [number for number in range(100) if number % 4 in (0, 3)]
