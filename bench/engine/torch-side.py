"""PyTorch's side: answers one JSON line on standard input with one on standard output."""
import json
import pathlib
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

import exported_nets

try:
    import functorch
except ImportError:
    functorch = None

folder, threads, layout = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
epsilon, step_size, steps, clip = 0.1, 0.025, 10, 1.0
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 10)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 4, 2, 1), nn.Conv2d(16, 32, 4, 2, 1)
        self.fc1, self.fc2 = nn.Linear(1568, 100), nn.Linear(100, 10)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Lenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 12, 5), nn.Conv2d(12, 24, 5)
        self.fc1, self.fc2 = nn.Linear(384, 96), nn.Linear(96, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, wide, to):
        super().__init__()
        stride = 1 if wide == to else 2
        self.conv1, self.conv2 = nn.Conv2d(wide, to, 3, stride, 1), nn.Conv2d(to, to, 3, 1, 1)
        if wide != to:
            self.shortcut = nn.Conv2d(wide, to, 1, stride)

    def forward(self, x):
        straight = self.shortcut(x) if hasattr(self, "shortcut") else x
        return F.relu(straight + self.conv2(F.relu(self.conv1(x))))


class PlainResnet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32), Block(32, 32), Block(32, 32))
        self.layer3 = nn.Sequential(Block(32, 64), Block(64, 64), Block(64, 64))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))


architectures = {"mlp": Mlp, "cnn": Cnn, "lenet": Lenet, "resnet20-plain": PlainResnet20}
opened = {}


def load(net, name):
    return torch.from_numpy(numpy.load(folder / net / f"{name}.npy"))


def open_net(net):
    if net in exported_nets.NETS and net not in opened:
        model = exported_nets.build(net).to(memory_format=memory_format)
        x = load(net, "input").contiguous(memory_format=memory_format)
        opened[net] = model, None, None, x, load(net, "labels").long()
    if net not in opened:
        models = []
        for _ in range(2):
            model = architectures[net]()
            model.load_state_dict({name: load(net, name) for name in model.state_dict()})
            models.append(model.to(memory_format=memory_format))
        attacked, trained = models
        attacked.requires_grad_(False)
        x = load(net, "input").contiguous(memory_format=memory_format)
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.01)
        opened[net] = attacked, trained, optimizer, x, load(net, "labels").long()
    return opened[net]


def input_gradient(model, x, y):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(F.cross_entropy(model(x), y, reduction="sum"), x)[0]


def pgd(model, _trained, _optimizer, start, y):
    x = start
    for _ in range(steps):
        moved = x + step_size * input_gradient(model, x, y).sign()
        x = torch.min(torch.max(moved, start - epsilon), start + epsilon).clamp(0, 1)
    return x


def attack(model, *rest):
    x, y = pgd(model, *rest), rest[-1]
    return model(x).argmax(1) != y


def sgd(_model, trained, optimizer, x, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(trained(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def clipped(model, _trained, _optimizer, x, y):
    """The sum of each sample's gradient, clipped: the gradients of all samples are made first."""
    function, parameters = functorch.make_functional(model)

    def loss(weights, sample, label):
        return F.cross_entropy(function(weights, sample[None]), label[None])

    each = functorch.vmap(functorch.grad(loss), (None, 0, 0))(parameters, x, y)
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in each]).norm(dim=0)
    weights = (clip / norms).clamp(max=1)
    return norms, [torch.einsum("n,n...->...", weights, gradient) for gradient in each]


def export(net):
    """A net as PyTorch exports it, with images and labels."""
    place = folder / net
    place.mkdir()
    x = exported_nets.sample(net)
    numpy.save(place / "input.npy", x.numpy())
    numpy.save(place / "labels.npy", numpy.arange(len(x), dtype=numpy.int32) % 10)
    exported_nets.export(net, str(place / "model.onnx"))
    return {}


def check(net, parts):
    model, trained, _, x, y = parts
    numpy.save(folder / net / f"{layout}.npy", input_gradient(model, x, y).contiguous().numpy())
    losses = F.cross_entropy(model(x), y, reduction="none").tolist()
    if trained is None:
        return {"losses": losses}
    norms = {} if functorch is None else {"norms": clipped(*parts)[0].tolist()}
    return {"losses": losses, "curve": [sgd(*parts) for _ in range(5)], **norms}


def measure(work, parts, times):
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        work(*parts)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpuMs": cpu * 1000 / times, "wallMs": wall * 1000 / times}


def version():
    maps = pathlib.Path("/proc/self/maps").read_text().splitlines()
    blas = sorted({line.split()[-1] for line in maps if "blas" in line})
    usage = torch.__config__.show().split("capability usage: ")[-1].splitlines()[0]
    has = {"functorch": functorch is not None}
    return {"torch": torch.__version__, "capability": usage, "blas": blas, **has}


for line in sys.stdin:
    order = json.loads(line)
    if order["task"] == "version":
        reply = version()
    elif order["task"] == "export":
        reply = export(order["net"])
    elif order["task"] == "check":
        reply = check(order["net"], open_net(order["net"]))
    else:
        work = {"pgd": pgd, "attack": attack, "sgd": sgd, "clip": clipped}[order["task"]]
        reply = measure(work, open_net(order["net"]), order["times"])
    print(json.dumps(reply), flush=True)
