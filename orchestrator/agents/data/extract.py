#!/usr/bin/env python3
"""Makes members.csv and day-*.csv beside this file from the simbench package.

    pip download --no-deps simbench==1.6.3 && python3 extract.py simbench-1.6.3-py3-none-any.whl

Grid MV1.101 (20 kV, rural) of SimBench's complete data: each of its 96 loads and 102 renewable plants is a market
member. Quarter-hour mean powers become watt-hours per hour. A day is the 24 hours that carry its date, in the data
set's own local time.
"""

import csv
import io
import re
import sys
import zipfile
from pathlib import Path

GRID = "MV1.101"
FOLDER = "simbench/networks/1-complete_data-mixed-all-0-sw/"
DAYS = ["2016-02-06", "2016-02-21", "2016-06-27", "2016-07-02"]
CARRIERS = {"Wind_MV": "wind", "PV_MV": "solar", "Biomass_MV": "biomass", "Hydro_MV": "hydro", "lv_RES": "solar"}


def table(wheel, name):
    with wheel.open(f"{FOLDER}{name}.csv") as file:
        yield from csv.DictReader(io.TextIOWrapper(file, "utf-8"), delimiter=";")


def supply_area(node, feeders):
    """The busbar section (and so the transformer) that feeds a node: A1 for busbar 1.1, A2 for busbar 1.2."""
    section = re.search(r"busbar1\.(\d)", node["id"])
    if section:
        return f"A{section[1]}"
    return feeders[node["subnet"].rsplit("_", 1)[1]]


def main():
    wheel = zipfile.ZipFile(sys.argv[1])
    out = Path(__file__).parent
    nodes = {row["id"]: row for row in table(wheel, "Node") if row["id"].startswith(GRID)}
    feeders = {}
    for line in table(wheel, "Line"):
        start = re.fullmatch(rf"{re.escape(GRID)} busbar1\.(\d)_\d+", line["nodeA"])
        if start:
            feeders[line["subnet"].rsplit("_", 1)[1]] = f"A{start[1]}"

    members = []
    for kind, name, power in (("consumer", "Load", "pLoad"), ("generator", "RES", "pRES")):
        for row in table(wheel, name):
            if not row["subnet"].startswith(GRID):
                continue
            node = nodes[row["node"]]
            point = re.search(r"Bus (\d+)", node["id"])
            members.append(
                dict(
                    kind=kind,
                    simbench=row["id"],
                    carrier=CARRIERS[row["type"]] if kind == "generator" else "",
                    profile=row["profile"],
                    area=supply_area(node, feeders),
                    level="0.4kV" if row["profile"].startswith("lv_") else "20kV",
                    point=int(point[1]) if point else int(node["id"].rsplit(".", 1)[1]),
                    capacity_w=round(float(row[power]) * 1e6),
                )
            )
    for number, member in enumerate(members, 1):
        member["id"] = f"m{number:03}"
    fields = ["id", "kind", "simbench", "carrier", "profile", "area", "level", "point", "capacity_w"]
    with open(out / "members.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(members)

    profiles = {day: [] for day in DAYS}
    for load, renewable in zip(table(wheel, "LoadProfile"), table(wheel, "RESProfile"), strict=True):
        date, _ = load["time"].split()
        day = "-".join(reversed(date.split(".")))
        if day in profiles:
            assert load["time"] == renewable["time"]
            profiles[day].append((load, renewable))
    for day, quarters in profiles.items():
        assert len(quarters) == 96, f"{day} has {len(quarters)} quarter-hours"
        with open(out / f"day-{day}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id"] + [f"{hour:02}" for hour in range(24)])
            for member in members:
                hours = []
                for hour in range(24):
                    part = 0.0
                    for load, renewable in quarters[4 * hour : 4 * hour + 4]:
                        if member["kind"] == "consumer":
                            part += float(load[member["profile"] + "_pload"])
                        else:
                            part += float(renewable[member["profile"]])
                    hours.append(round(part * member["capacity_w"] / 4))
                writer.writerow([member["id"]] + hours)


if __name__ == "__main__":
    main()
