"""Nets with batch normalisation or of ImageNet's size: the same modules for the timing and, exported, for the other side."""
import torch
from torch import nn
from torch.nn import functional as F


def conv_bn(wide, to, kernel, stride=1, groups=1):
    conv = nn.Conv2d(wide, to, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(to))


class BasicBlock(nn.Module):
    def __init__(self, wide, to, stride):
        super().__init__()
        self.first, self.second = conv_bn(wide, to, 3, stride), conv_bn(to, to, 3)
        self.shortcut = nn.Identity() if stride == 1 and wide == to else conv_bn(wide, to, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class Resnet18(nn.Module):
    """He et al. 2016, table 1."""

    def __init__(self):
        super().__init__()
        self.stem = conv_bn(3, 64, 7, 2)
        shapes = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1)]
        shapes += [(128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1)]
        self.blocks = nn.Sequential(*(BasicBlock(*shape) for shape in shapes))
        self.head = nn.Linear(512, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.stem(x)), 3, 2, 1)
        return self.head(self.blocks(x).mean((2, 3)))


class Resnet20(nn.Module):
    """He et al. 2016, section 4.2; where the width changes the shortcut is a 1x1 convolution."""

    def __init__(self):
        super().__init__()
        self.stem = conv_bn(3, 16, 3)
        shapes = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
        self.blocks = nn.Sequential(*(BasicBlock(*shape) for shape in shapes))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.blocks(F.relu(self.stem(x))).mean((2, 3)))


class Inverted(nn.Module):
    def __init__(self, wide, to, stride, widen):
        super().__init__()
        inner = wide * widen
        layers = [] if widen == 1 else [conv_bn(wide, inner, 1), nn.ReLU6()]
        layers += [conv_bn(inner, inner, 3, stride, inner), nn.ReLU6(), conv_bn(inner, to, 1)]
        self.layers, self.is_residual = nn.Sequential(*layers), stride == 1 and wide == to

    def forward(self, x):
        return x + self.layers(x) if self.is_residual else self.layers(x)


class MobilenetV2(nn.Module):
    """Sandler et al. 2018, table 2."""

    def __init__(self):
        super().__init__()
        layers, wide = [conv_bn(3, 32, 3, 2), nn.ReLU6()], 32
        table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
        table += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        for widen, to, count, stride in table:
            for at in range(count):
                layers.append(Inverted(wide, to, stride if at == 0 else 1, widen))
                wide = to
        self.layers = nn.Sequential(*layers, conv_bn(wide, 1280, 1), nn.ReLU6())
        self.head = nn.Linear(1280, 1000)

    def forward(self, x):
        return self.head(self.layers(x).mean((2, 3)))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.norm1, self.norm2 = heads, nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        rows, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(rows, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(rows, tokens, width))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """Dosovitskiy et al. 2021, figure 1, with four layers of width 384."""

    def __init__(self, width=384, layers=4, heads=6, patch=16, size=224):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, width) * 0.02)
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 1000)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        return self.head(self.norm(self.layers(x))[:, 0])


NETS = {"resnet20": Resnet20, "resnet18": Resnet18, "mobilenetv2": MobilenetV2, "vit": Vit}


def build(name):
    """The same weights in every process. Images and statistics are drawn, so that no layer is idle."""
    torch.manual_seed(1)
    model = NETS[name]()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval().requires_grad_(False)


def sample(name):
    generator = torch.Generator().manual_seed(2)
    rows, size = (32, 32) if name == "resnet20" else (4, 224)
    return torch.rand(rows, 3, size, size, generator=generator)


def export(name, file):
    free = {"input": {0: "batch"}, "logits": {0: "batch"}}
    torch.onnx.export(
        build(name), sample(name), file, opset_version=14, do_constant_folding=True,
        input_names=["input"], output_names=["logits"], dynamic_axes=free,
    )
