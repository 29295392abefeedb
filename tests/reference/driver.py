"""Answers questions to the reference, one JSON document a line in, one a line out; standard library only.
The differential tests of the `rules` crate keep one such process and compare every answer."""
import json, os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check, clearing, session


def orders(q):
    return [clearing.Order(**o) for o in q["orders"]]


def table(q):
    return {(s, b): f for s, b, f in q["fee"]}


def clear(q):
    book, fee, k = orders(q), table(q), tuple(q["k"])
    try:
        trades, info = clearing.price(book, fee, q["rule"], k, q["session"])
    except ValueError as refused:
        return dict(refused=str(refused))
    what, quotes = clearing.outcome(book, trades, fee)
    out = dict(trades=trades, info=info, outcome=what, reference=quotes)
    if q["rule"] != "mcafee":
        fill, X, _ = clearing.clear(book, fee, q["session"])
        out["reasons"] = clearing.reasons(book, fill, X, fee)
    return out


def metrics(q):
    return clearing.metrics(orders(q), q["trades"], table(q))


def settle(q):
    balances, deviations, payable = clearing.settle(
        orders(q), q["trades"], q["meters"], q["p_long"], q["p_short"], q["rule"])
    return dict(balances={a: str(b) for a, b in balances.items()}, deviations=deviations,
                payable={a: [str(x) for x in p] for a, p in payable.items()})


def judge(q):
    """What the independent checker finds wrong with these trades: nothing, if they are right."""
    return check.check(q["orders"], table(q), q["rule"], tuple(q["k"]), q["trades"], q["session"])


def run(q):
    """A whole session; after each event its state, and what was refused."""
    limits = {(m, side): wh for m, side, wh in q["limits"]}
    s = session.Session(q["session"], table(q), q["rule"], tuple(q["k"]), q["rounds"], limits, q["floor"], q["cap"])
    out = []
    for event in q["events"]:
        refused = None
        try:
            getattr(s, event["do"])(*event["with"])
        except session.Refused as code:
            refused = str(code)
        step = dict(refused=refused, state=s.state, round=s.round, reason=s.reason, traded=dict(s.traded))
        if event["do"] == "clear" and refused is None:
            result = s.results.get(event["round"])
            step["result"] = result and dict(trades=result["trades"], outcome=result["outcome"], reference=result["ref"])
            step["open"] = {i: [o.side, o.cls, o.price, o.wh, o.time, o.seq, o.index] for i, o in s.open.items()}
            if result:
                book = [vars(o) for o in result["book"]]
                step["check"] = check.check(book, s.fee, s.rule, s.k, result["trades"], s.sid)
        out.append(step)
    return out


if __name__ == "__main__":
    ask = dict(clear=clear, metrics=metrics, settle=settle, check=judge, session=run)
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(ask[question.pop("ask")](question)), flush=True)
