"""Networks as people write them in PyTorch, small, with weights and statistics drawn."""
import torch
from torch import nn


def conv_norm(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(conv_norm(inputs, outputs, 3, stride), conv_norm(outputs, outputs, activation=None))
        same = inputs == outputs and stride == 1
        self.downsample = None if same else conv_norm(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        return torch.relu(self.body(x) + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv_norm(3, 8, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.layers = nn.Sequential(Residual(8, 8, 1), Residual(8, 16, 2), Residual(16, 16, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.layers(self.stem(x))), 1))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        self.adds = inputs == outputs and stride == 1
        self.body = nn.Sequential(conv_norm(inputs, hidden, 1, activation=nn.ReLU6),
                                  conv_norm(hidden, hidden, 3, stride, hidden, nn.ReLU6),
                                  conv_norm(hidden, outputs, 1, activation=None))

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv_norm(3, 8, 3, 2, activation=nn.ReLU6), Inverted(8, 8, 1, 1),
                                      Inverted(8, 12, 2, 4), Inverted(12, 12, 1, 4),
                                      conv_norm(12, 24, 1, activation=nn.ReLU6))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(24, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv_norm(3, 8), nn.MaxPool2d(2, 2), conv_norm(8, 16), conv_norm(16, 16),
                                      nn.MaxPool2d(2, 2))
        self.classifier = nn.Sequential(nn.Linear(16 * 8 * 8, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, 10))

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x.view(x.size(0), -1))


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1(x)), torch.relu(self.expand3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(True), nn.MaxPool2d(3, 2, ceil_mode=True),
                                      Fire(8, 4, 8), Fire(16, 4, 8), nn.MaxPool2d(3, 2, ceil_mode=True))
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(16, 10, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d(1))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, 8, 1, bias=False),
                                  nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), DenseLayer(8, 4), DenseLayer(12, 4),
                                      nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 8, 1, bias=False), nn.AvgPool2d(2, 2),
                                      DenseLayer(8, 4), nn.BatchNorm2d(12))
        self.classifier = nn.Linear(12, 10)

    def forward(self, x):
        x = nn.functional.relu(self.features(x))
        x = nn.functional.adaptive_avg_pool2d(x, (1, 1))
        return nn.functional.log_softmax(self.classifier(torch.flatten(x, 1)), dim=1)


class DsCnn(nn.Module):
    """MLPerf Tiny's keyword spotting: kernels of 10 x 4, and TensorFlow's SAME padding, which is more behind."""

    def __init__(self):
        super().__init__()
        self.pad = nn.ZeroPad2d((1, 1, 4, 5))
        self.stem = nn.Sequential(nn.Conv2d(1, 16, (10, 4), 2), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.Sequential(*(part for _ in range(2) for part in (conv_norm(16, 16, 3, 1, 16),
                                                                          conv_norm(16, 16, 1))))
        self.pool = nn.AvgPool2d((25, 5))
        self.fc = nn.Linear(16, 12)

    def forward(self, x):
        x = self.pool(self.blocks(self.stem(self.pad(x))))
        return torch.softmax(self.fc(x.reshape(x.shape[0], -1)), 1)


#: name: network, image, what it ends in
NETWORKS = {"resnet": (ResNet, (3, 32, 32), ""), "mobilenet_v2": (MobileNetV2, (3, 32, 32), ""),
            "vgg": (Vgg, (3, 32, 32), ""), "squeezenet": (SqueezeNet, (3, 33, 35), ""),
            "densenet": (DenseNet, (3, 16, 16), "log"), "ds_cnn": (DsCnn, (1, 49, 10), "softmax")}


def drawn(make):
    torch.manual_seed(1)
    network = make().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
            nn.init.normal_(module.running_mean, 0, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network
