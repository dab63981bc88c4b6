"""The losses of PyTorch for tools/training-curves.ts: reads a folder of raw numbers, writes JSON to standard output."""

import json
import sys

import numpy
import torch
import torch.nn.functional as F

folder = sys.argv[1]
with open(f"{folder}/plan.json") as file:
    plan = json.load(file)
torch.set_num_threads(1)


def read(name, kind="<f4"):
    return numpy.fromfile(f"{folder}/{name}.bin", dtype=kind)


inputs = torch.from_numpy(read("inputs").reshape(plan["inputShape"]))
labels = torch.from_numpy(read("labels", "<i4").astype(numpy.int64))


def optimizer_of(options, parameters):
    rate, decay = options["learningRate"], options.get("weightDecay", 0)
    if options["kind"] == "sgd":
        momentum, nesterov = options["momentum"], options.get("nesterov", False)
        return torch.optim.SGD(parameters, rate, momentum, weight_decay=decay, nesterov=nesterov)
    kind = torch.optim.Adam if options["kind"] == "adam" else torch.optim.AdamW
    return kind(parameters, rate, weight_decay=decay)


def train(net, options):
    p = {name: torch.from_numpy(read(name).reshape(shape)).requires_grad_() for name, shape in plan["weights"].items()}
    if net == "normalised":
        del p["b1"], p["b2"]
    norms = [torch.nn.BatchNorm2d(size) if net == "normalised" else torch.nn.Identity() for size in (4, 8)]
    parameters = [*p.values(), *(each for norm in norms for each in norm.parameters())]
    optimizer = optimizer_of(options, parameters)
    losses = []
    for step in range(plan["steps"]):
        start = step * plan["rows"] % plan["samples"]
        x, y = (each[start : start + plan["rows"]] for each in (inputs, labels))
        h = F.max_pool2d(F.relu(norms[0](F.conv2d(x, p["w1"], p.get("b1"), padding=1))), 2)
        h = F.relu(norms[1](F.conv2d(h, p["w2"], p.get("b2"))))
        loss = F.cross_entropy(F.linear(h.flatten(1), p["w3"], p["b3"]), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 8))
    curve = {"losses": losses}
    if net == "normalised":
        curve["runningMean"] = [round(each, 8) for each in norms[0].running_mean.tolist()]
    return curve


curves = [
    {"net": net, "optimizer": name, **train(net, options)}
    for net in ("plain", "normalised")
    for name, options in plan["optimizers"].items()
]
print(json.dumps({"torch": torch.__version__, "curves": curves}))
