"""Extracts the 33-bus feeder of Baran and Wu from pandapower's wheel into tests/vectors/feeder-case33bw.json.
    pip download --no-deps pandapower==3.5.6 && python3 extract_case33bw.py pandapower-3.5.6-py3-none-any.whl
Impedances become whole µΩ, loads whole W and var; buses keep pandapower's numbers, the source is bus 0."""
import json, os, sys, zipfile
from decimal import Decimal

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")
wheel = zipfile.ZipFile(sys.argv[1])
network = json.loads(wheel.read("pandapower/networks/power_system_test_case_jsons/case33bw.json"))["_object"]


def rows(name):
    table = network[name]["_object"]
    table = json.loads(table) if isinstance(table, str) else table
    return [dict(zip(table["columns"], row)) for row in table["data"]]


def whole(*factors):
    product = Decimal(1)
    for factor in factors:
        product *= Decimal(str(factor))
    product = product.quantize(Decimal("1e-6"))         # printed floats carry noise in their last digits
    assert product == int(product), product
    return int(product)


branches = [[l["from_bus"], l["to_bus"], whole(l["r_ohm_per_km"], l["length_km"], 10**6),
             whole(l["x_ohm_per_km"], l["length_km"], 10**6)] for l in rows("line") if l["in_service"]]
loads = [[l["bus"], whole(l["p_mw"], 10**6), whole(l["q_mvar"], 10**6)] for l in rows("load")]
document = dict(
    what="33-bus radial feeder of Baran and Wu (1989), from pandapower 3.5.6; see feeder-case33bw.LICENSE",
    source=0, source_voltage_v=whole(rows("bus")[0]["vn_kv"], 1000),
    branches_from_to_r_uohm_x_uohm=branches, loads_bus_w_var=loads,
    lindistflow=dict(lowest_voltage_ppm=915934, at_bus=17, source="tests/reference/feeder.py"))
with open(os.path.join(HERE, "feeder-case33bw.json"), "w") as out:
    # One row a line.
    out.write(json.dumps(document).replace("[[", "[\n  [").replace("], [", "],\n  [").replace("]], ", "]\n], ") + "\n")
with open(os.path.join(HERE, "feeder-case33bw.LICENSE"), "wb") as out:
    out.write(wheel.read("pandapower-3.5.6.dist-info/licenses/LICENSE"))
