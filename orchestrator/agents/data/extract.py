#!/usr/bin/env python3
"""Makes members.csv, grid.csv and day-*.csv beside this file from the simbench package.

    pip download --no-deps simbench==1.6.3 && python3 extract.py simbench-1.6.3-py3-none-any.whl

Grid MV1.101 (20 kV, rural) of SimBench's complete data: each of its 96 loads and 102 renewable plants is a market
member. Quarter-hour mean powers become watt-hours per quarter of an hour, rounded so that an hour's add up to the hour's.
A day is the 24 hours that carry its date, in the data set's own local time.

The grid as it is switched in the data, as two trees below the 110 kV busbar (point 0): lines with an open switch are
left out, and so is the coupler between the busbar sections, which would put both transformers in parallel. A line
carries its largest current at 20 kV and unity power factor, a transformer its rated power; impedances are those seen
at 20 kV.
"""

import csv
import io
import math
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


def point(node):
    """The number of a connection point: that of its bus, or of the busbar section."""
    bus = re.search(r"Bus (\d+)|busbar1\.(\d+)", node)
    return int(bus[1] or bus[2])


def branches(wheel):
    """Lines and transformers that carry power: name, two points, impedances in microohms, limit in watts."""
    types = {row["id"]: row for row in table(wheel, "LineType")}
    opened = {node for row in table(wheel, "Switch") if row["cond"] == "0" for node in (row["nodeA"], row["nodeB"])}
    kilovolts = 20
    for row in table(wheel, "TransformerType"):
        types[row["id"]] = row
    for row in table(wheel, "Transformer"):
        if row["id"].startswith(f"HV1-{GRID}-"):
            kind = types[row["type"]]
            rated = float(kind["sR"])
            impedance = float(kind["vmImp"]) / 100 * kilovolts**2 / rated
            resistance = float(kind["pCu"]) / 1e3 * kilovolts**2 / rated**2
            reactance = math.sqrt(impedance**2 - resistance**2)
            name = row["id"].replace(f"HV1-{GRID}-Trafo", "Transformer ")
            yield name, 0, point(row["nodeLV"]), resistance * 1e6, reactance * 1e6, rated * 1e6
    for row in table(wheel, "Line"):
        if row["id"].startswith(GRID) and not opened & {row["nodeA"], row["nodeB"]}:
            kind, length = types[row["type"]], float(row["length"])
            limit = math.sqrt(3) * kilovolts * 1e3 * float(kind["iMax"]) * float(row["loadingMax"]) / 100
            ends = point(row["nodeA"]), point(row["nodeB"])
            yield row["id"].removeprefix(f"{GRID} "), *ends, float(kind["r"]) * length * 1e6, float(kind["x"]) * length * 1e6, limit


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
            members.append(
                dict(
                    kind=kind,
                    simbench=row["id"],
                    carrier=CARRIERS[row["type"]] if kind == "generator" else "",
                    profile=row["profile"],
                    area=supply_area(node, feeders),
                    level="0.4kV" if row["profile"].startswith("lv_") else "20kV",
                    point=point(node["id"]),
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

    with open(out / "grid.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["branch", "from", "to", "resistance_uohm", "reactance_uohm", "limit_w"])
        for name, start, end, resistance, reactance, limit in branches(wheel):
            writer.writerow([name, start, end, round(resistance), round(reactance), int(limit)])

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
            writer.writerow(["id"] + [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)])
            for member in members:
                energies = []
                for hour in range(24):
                    part, before = 0.0, 0
                    for load, renewable in quarters[4 * hour : 4 * hour + 4]:
                        if member["kind"] == "consumer":
                            part += float(load[member["profile"] + "_pload"])
                        else:
                            part += float(renewable[member["profile"]])
                        since = round(part * member["capacity_w"] / 4)
                        energies.append(since - before)
                        before = since
                writer.writerow([member["id"]] + energies)


if __name__ == "__main__":
    main()
