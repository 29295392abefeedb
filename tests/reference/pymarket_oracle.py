"""Answers questions to pymarket 0.7.6, one JSON document a line in, one a line out; needs requirements.txt.
Orders are [side, price, wh] with side "S" or "B"; fees and classes are unknown to pymarket.
    {"ask": "optimum", "orders": [...]} -> {"welfare": ..., "max_volume": ...}, by its linear programs
    {"ask": "muda", "orders": [...]}    -> {"seconds": ...}, what its MUDA mechanism takes"""
import json, os, sys, time, warnings

warnings.simplefilter("ignore")
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)            # the solver talks on standard output
import pymarket
from pymarket.statistics import maximum_aggregated_utility, maximum_traded_volume


def market(orders):
    m = pymarket.Market()
    for user, (side, price, wh) in enumerate(orders):
        m.accept_bid(wh, price, user, side == "B")
    return m


def whole(x):
    assert abs(x - round(x)) < 1e-4, x
    return round(x)


def optimum(orders):
    bids = market(orders).bm.get_df()
    if len(set(side for side, _, _ in orders)) < 2:
        return dict(welfare=0, max_volume=0)             # its linear programs want both sides
    return dict(welfare=whole(maximum_aggregated_utility(bids)[1] or 0), max_volume=whole(maximum_traded_volume(bids)[1] or 0))


def muda(orders):
    m = market(orders)
    start = time.perf_counter()
    m.run("muda")
    return dict(seconds=time.perf_counter() - start)


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(dict(optimum=optimum, muda=muda)[question["ask"]](question["orders"])), file=answers, flush=True)
