"""Small networks written with onnx.helper, one for each form in which an imported operator occurs. CASES are functions
of an opset, which give a Net, or None if the opset has no such form."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSETS = (7, 11, 13, 17, 20, 22)
CASES = []


def case(make):
    CASES.append(make)
    return make


class Net:
    """A graph while its nodes are added; every method gives the name of a value."""

    def __init__(self, opset, image, layout="chw", batch=None, element=TensorProto.FLOAT, leaves_shape_open=False):
        self.opset, self.image, self.layout, self.batch = opset, image, layout, batch
        self.leaves_shape_open = leaves_shape_open or layout == "row"
        self.reads_bytes = element == TensorProto.UINT8
        self.scale, self.ends_in, self.content = 1, "", None
        self.output_type = TensorProto.FLOAT
        self.random = numpy.random.default_rng(1)
        self.nodes, self.constants, self.count = [], [], 0
        c, h, w = image
        sizes = {"chw": [c, h, w], "hwc": [h, w, c], "row": [c * h * w]}[layout]
        if leaves_shape_open:
            sizes = ["height" if size == h else "width" if size == w else size for size in sizes]
        self.input_info = helper.make_tensor_value_info("pixels", element, [batch or "N", *sizes])
        self.x = "pixels"

    def constant(self, values, dtype=numpy.float32):
        self.count += 1
        name = f"constant{self.count}"
        self.constants.append(numpy_helper.from_array(numpy.array(values, dtype), name))
        return name

    def integers(self, values):
        return self.constant(values, numpy.int64)

    def drawn(self, *shape, scale=None):
        fan_in = int(numpy.prod(shape[1:])) if len(shape) > 1 else 4
        return self.constant(self.random.normal(0, scale or fan_in ** -0.5, shape))

    def positive(self, *shape):
        return self.constant(self.random.uniform(0.5, 1.5, shape))

    def add(self, op_type, *inputs, outputs=1, **attributes):
        """On the value so far, unless inputs are named."""
        self.count += 1
        names = [f"value{self.count}"] + [f"value{self.count}_{i}" for i in range(1, outputs)]
        attributes = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(op_type, list(inputs), names, name=f"node{self.count}", **attributes))
        self.x = names[0]
        return self.x

    def conv(self, out, kernel, channels, x=None, bias=True, group=1, **attributes):
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        inputs = [x or self.x, self.drawn(out, channels // group, *kernel)] + ([self.drawn(out)] if bias else [])
        return self.add("Conv", *inputs, group=group, kernel_shape=list(kernel), **attributes)

    def norm(self, channels, x=None, **attributes):
        return self.add("BatchNormalization", x or self.x, self.positive(channels), self.drawn(channels),
                        self.drawn(channels), self.positive(channels), **attributes)

    def clip(self, least=None, most=None, x=None):
        if self.opset < 11:
            return self.add("Clip", x or self.x, min=least, max=most)
        bounds = ["" if bound is None else self.constant(bound) for bound in (least, most)]
        return self.add("Clip", x or self.x, *bounds)

    def pad(self, pads, x=None):
        if self.opset < 11:
            return self.add("Pad", x or self.x, mode="constant", pads=pads)
        return self.add("Pad", x or self.x, self.integers(pads))

    def squeeze(self, axes, op_type="Squeeze", x=None):
        if self.opset < 13:
            return self.add(op_type, x or self.x, axes=axes)
        return self.add(op_type, x or self.x, self.integers(axes))

    def reduce(self, op_type, axes, keepdims, x=None):
        if self.opset < 18:
            return self.add(op_type, x or self.x, axes=axes, keepdims=keepdims)
        return self.add(op_type, x or self.x, self.integers(axes), keepdims=keepdims)

    def flatten(self):
        return self.add("Flatten", self.x, axis=1)

    def gemm(self, inputs, outputs=5, **attributes):
        is_turned = attributes.setdefault("transB", 1)
        shape = (outputs, inputs) if is_turned else (inputs, outputs)
        return self.add("Gemm", self.x, self.drawn(*shape, scale=inputs ** -0.5), self.drawn(outputs), **attributes)

    def bytes(self):
        if self.content is not None:
            return self.content
        output = helper.make_tensor_value_info(self.x, self.output_type, None)
        graph = helper.make_graph(self.nodes, "graph", [self.input_info], [output], self.constants)
        # IR versions go with opsets; old ones want their constants among the inputs
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        if self.opset <= 7:
            model.ir_version = 3
            for constant in self.constants:
                model.graph.input.append(
                    helper.make_tensor_value_info(constant.name, constant.data_type, list(constant.dims)))
        return model.SerializeToString()


IMAGE = (3, 10, 9)


def of_convolution(opset, *arguments, image=IMAGE, **attributes):
    net = Net(opset, image)
    net.conv(*arguments, **attributes)
    net.add("Relu", net.x)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def convolution(opset):
    return of_convolution(opset, 6, (3, 2), 3, strides=[2, 1], pads=[2, 0, 1, 1], dilations=[2, 3])


@case
def grouped(opset):
    return of_convolution(opset, 6, 3, 3, group=3, pads=[1, 1, 1, 1], bias=False)


@case
def same_upper(opset):
    return of_convolution(opset, 4, (4, 10), 1, image=(1, 10, 49), auto_pad="SAME_UPPER", strides=[2, 2])


@case
def same_lower(opset):
    return of_convolution(opset, 4, (4, 2), 3, auto_pad="SAME_LOWER", strides=[3, 2])


@case
def valid(opset):
    return of_convolution(opset, 4, 3, 3, auto_pad="VALID", strides=[2, 2])


@case
def norms(opset):
    """Behind a convolution, alone, on features, and with another epsilon."""
    net = Net(opset, IMAGE)
    net.norm(3, epsilon=1e-3)
    net.conv(4, 3, 3, bias=False)
    net.norm(4)
    net.add("Relu", net.x)
    net.norm(4, epsilon=1e-4)
    net.add("MaxPool", net.x, kernel_shape=[2, 2], strides=[2, 2])
    net.flatten()
    net.norm(48)
    net.gemm(48)
    net.norm(5)
    return net


@case
def clips(opset):
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3)
    net.add("Mul", net.x, net.constant(9))
    net.clip(0.0, 6.0)
    net.conv(4, 3, 4)
    net.clip(0.0)
    net.clip()
    net.conv(4, 1, 4)
    net.clip(0.0, numpy.finfo(numpy.float32).max)
    net.clip(None, 6.0)
    net.flatten()
    net.gemm(4 * 6 * 5)
    return net


@case
def residual(opset):
    net = Net(opset, IMAGE)
    stem = net.conv(4, 3, 3, pads=[1, 1, 1, 1])
    left = net.conv(4, 3, 4, pads=[1, 1, 1, 1])
    middle = net.conv(4, 1, 4, x=stem)
    net.add("Add", left, stem)
    net.add("Relu", net.x)
    if opset >= 8:
        net.add("Sum", net.x, stem, middle)
    net.add("GlobalAveragePool", net.x)
    net.conv(5, 1, 4)  # on one pixel: a linear layer
    net.flatten()
    return net


@case
def concatenation(opset):
    net = Net(opset, IMAGE)
    stem = net.conv(4, 3, 3)
    left, right = net.conv(3, 1, 4), net.conv(2, 3, 4, x=stem, pads=[1, 1, 1, 1])
    net.add("Concat", left, stem, right, axis=1)
    pooled = net.add("GlobalAveragePool", net.x)
    largest = net.add("GlobalMaxPool", net.nodes[-2].output[0])
    net.add("Concat", pooled, largest, axis=-3)
    net.flatten()
    net.gemm(18)
    return net


@case
def concatenation_of_rows(opset):
    """Flattened images joined are not their channels joined."""
    net = Net(opset, IMAGE)
    stem = net.conv(2, 3, 3)
    first = net.flatten()
    net.conv(3, (7, 5), 2, x=stem)
    net.add("Concat", net.flatten(), first, axis=1)
    net.gemm(3 * 2 * 3 + 2 * 8 * 7)
    return net


@case
def max_pools(opset):
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3, pads=[1, 1, 1, 1])
    net.add("MaxPool", net.x, kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 0, 1])
    net.add("MaxPool", net.x, kernel_shape=[2, 2])
    net.add("MaxPool", net.x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1 if opset >= 10 else None)
    net.add("MaxPool", net.x, kernel_shape=[2, 2], dilations=[1, 2] if opset >= 10 else None)
    net.flatten()
    net.gemm(8 if opset >= 10 else 12)
    return net


@case
def average_pools(opset):
    net = Net(opset, IMAGE)
    net.add("AveragePool", net.x, kernel_shape=[3, 2], strides=[1, 1], pads=[1, 0, 2, 1], count_include_pad=0)
    net.add("AveragePool", net.x, kernel_shape=[2, 3], pads=[1, 1, 0, 1], count_include_pad=1)
    net.add("AveragePool", net.x, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    net.flatten()
    net.gemm(3 * 6 * 5)
    return net


@case
def average_pool_with_a_last_window_partly_inside(opset):
    if opset < 10:
        return None
    net = Net(opset, IMAGE)
    net.add("AveragePool", net.x, kernel_shape=[3, 4], strides=[2, 2], ceil_mode=1)
    net.flatten()
    net.gemm(3 * 5 * 4)
    return net


@case
def average_pool_that_counts_its_padding_and_has_a_last_window_partly_inside(opset):
    if opset < 19:
        return None  # before, onnxruntime divided such windows by their whole size
    net = Net(opset, IMAGE)
    net.add("AveragePool", net.x, kernel_shape=[3, 4], strides=[2, 2], pads=[1, 0, 0, 1], ceil_mode=1, count_include_pad=1)
    net.flatten()
    net.gemm(3 * 5 * 4)
    return net


@case
def average_of_the_whole_image(opset):
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3)
    net.add("AveragePool", net.x, kernel_shape=[8, 7])
    net.squeeze([2, 3])
    net.squeeze([1, 3], "Unsqueeze")
    net.squeeze([1, -1])
    return net


def reduced(opset, op_type, axes, keepdims):
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3)
    net.reduce(op_type, axes, keepdims)
    if keepdims:
        net.flatten()
    net.gemm(4)
    return net


@case
def mean_over_space(opset):
    return reduced(opset, "ReduceMean", [2, 3], 1)


@case
def mean_over_space_without_its_axes(opset):
    return reduced(opset, "ReduceMean", [-1, -2], 0)


@case
def maximum_over_space(opset):
    return reduced(opset, "ReduceMax", [2, 3], 0)


@case
def linear_layers(opset):
    net = Net(opset, (1, 4, 4))
    net.flatten()
    net.gemm(16, 12, transB=0, alpha=0.5, beta=2.0)
    net.add("Relu", net.x)
    net.add("MatMul", net.x, net.drawn(12, 8))
    net.add("Add", net.x, net.drawn(8))
    net.add("Relu", net.x)
    if opset >= 11:
        net.add("Gemm", net.x, net.drawn(6, 8), transB=1)
    else:
        net.gemm(8, 6)
    net.add("Gemm", net.x, net.drawn(5, 6), net.constant(0.25), transB=1)
    return net


@case
def reshape_by_a_constant(opset):
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3, strides=[2, 2])
    net.add("Reshape", net.x, net.integers([0, -1]))
    net.gemm(4 * 4 * 4)
    net.add("Reshape", net.x, net.integers([-1, 5]))
    return net


@case
def reshape_by_a_computed_shape(opset):
    """As exporters write x.view(x.size(0), -1)."""
    net = Net(opset, IMAGE)
    images = net.conv(4, 3, 3)
    net.add("Shape", net.x)
    net.add("Gather", net.x, net.constant(0, numpy.int64), axis=0)
    batch = net.squeeze([0], "Unsqueeze")
    net.add("Constant", value=numpy_helper.from_array(numpy.array([-1], numpy.int64)))
    net.add("Concat", batch, net.x, axis=0)
    net.add("Reshape", images, net.x)
    net.gemm(4 * 8 * 7)
    return net


@case
def reshape_by_sliced_and_multiplied_sizes(opset):
    net = Net(opset, IMAGE)
    images = net.conv(4, 3, 3)
    shape = net.add("Shape", net.x)

    def part(begin, end):
        if opset < 10:
            return net.add("Slice", shape, starts=[begin], ends=[end], axes=[0])
        return net.add("Slice", shape, net.integers([begin]), net.integers([end]), net.integers([0]))
    batch = part(0, 1)
    pixels = net.add("Mul", part(2, 3), part(3, 4))
    features = net.add("Mul", pixels, part(-3, -2))
    net.add("Cast", features, to=TensorProto.FLOAT)
    net.add("Cast", net.x, to=TensorProto.INT64)
    net.add("Concat", batch, net.x, axis=0)
    net.add("Reshape", images, net.x)
    net.gemm(4 * 8 * 7)
    return net


@case
def pads_as_pytorch_computes_them(opset):
    """From the last axis on: turned around by a Slice from behind."""
    if opset < 11:
        return None
    net = Net(opset, IMAGE)
    images = net.x
    net.add("Concat", net.integers([1, 2, 3, 0]), net.add("ConstantOfShape", net.integers([4]), value=numpy_helper.from_array(
        numpy.array([0], numpy.int64))), axis=0)
    net.add("Reshape", net.x, net.integers([-1, 2]))
    net.add("Slice", net.x, net.integers([-1]), net.integers([-2 ** 63 + 1]), net.integers([0]), net.integers([-1]))
    net.add("Transpose", net.x, perm=[1, 0])
    net.add("Reshape", net.x, net.integers([-1]))
    net.add("Cast", net.x, to=TensorProto.INT64)
    net.add("Pad", images, net.x, net.constant(0.0), mode="constant")
    net.conv(4, 3, 3)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def does_nothing(opset):
    net = Net(opset, IMAGE)
    net.add("Identity", net.x)
    net.conv(4, 3, 3)
    net.add("Dropout", net.x, **({"ratio": 0.5} if opset < 12 else {}))
    net.add("Cast", net.x, to=TensorProto.FLOAT)
    weight = net.drawn(2, 4, 3, 3)
    x = net.x
    net.add("Identity", weight)  # PyTorch shares equal weights so
    net.add("Conv", x, net.x)
    net.flatten()
    net.gemm(2 * 6 * 5)
    net.add("Identity", net.x)
    return net


@case
def pads(opset):
    """In front of a convolution, an average and, as nothing is below 0, a maximum."""
    net = Net(opset, IMAGE)
    net.pad([0, 0, 2, 1, 0, 0, 1, 3])
    net.conv(4, 3, 3, pads=[1, 0, 0, 0])
    net.add("Relu", net.x)
    net.pad([0, 0, 0, 1, 0, 0, 1, 0])
    net.add("MaxPool", net.x, kernel_shape=[2, 2], strides=[2, 2])
    net.pad([0, 0, 1, 1, 0, 0, 1, 1])
    net.add("AveragePool", net.x, kernel_shape=[3, 3])
    net.pad([0, 0, 1, 0, 0, 0, 0, 0])
    net.add("Relu", net.x)
    net.conv(2, (3, 2), 4, auto_pad="SAME_UPPER", strides=[2, 2])
    net.flatten()
    net.gemm(2 * 4 * 3)
    return net


@case
def shortcut_without_weights(opset):
    """ResNet-20's: every second pixel, and channels of zeros."""
    net = Net(opset, IMAGE)
    stem = net.conv(4, 3, 3, pads=[1, 1, 1, 1])
    deep = net.conv(8, 3, 4, strides=[2, 2], pads=[1, 1, 1, 1])
    if opset < 10:
        return None  # Slice had no steps
    net.add("Slice", stem, net.integers([0, 0]), net.integers([10 ** 9, 2 ** 62]), net.integers([2, 3]),
            net.integers([2, 2]))
    if opset >= 13:  # as PyTorch writes it: rows, then columns
        net.add("Slice", stem, net.integers([0]), net.integers([2 ** 62]), net.integers([2]), net.integers([2]))
        net.add("Slice", net.x, net.integers([0]), net.integers([2 ** 62]), net.integers([3]), net.integers([2]))
    shortcut = net.pad([0, 2, 0, 0, 0, 2, 0, 0])
    net.add("Add", deep, shortcut)
    net.add("Relu", net.x)
    net.add("Slice", net.x, net.integers([0, 0]), net.integers([100, 100]), net.integers([-2, -1]),
            net.integers([3, 3]))
    net.conv(5, 2, 8)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def channels_last(opset):
    """The input turned to the front, and features in the order of rows, columns, channels."""
    net = Net(opset, IMAGE, layout="hwc")
    net.add("Transpose", net.x, perm=[0, 3, 1, 2])
    net.conv(4, 3, 3, strides=[2, 2])
    net.add("Relu", net.x)
    net.add("Transpose", net.x, perm=[0, 2, 3, 1])
    net.add("Mul", net.x, net.positive(4))
    net.add("Reshape", net.x, net.integers([-1, 64]))
    net.gemm(64)
    return net


@case
def channels_last_scaled_before_they_are_turned(opset):
    net = Net(opset, IMAGE, layout="hwc")
    net.scale = 255
    net.add("Sub", net.x, net.constant([103.9, 116.8, 123.7]))
    net.add("Mul", net.x, net.constant([[[[1 / 57, 1 / 58, 1 / 59]]]]))
    net.add("Transpose", net.x, perm=[0, 3, 1, 2])
    net.conv(4, 3, 3, pads=[1, 1, 1, 1])
    net.add("Relu", net.x)
    net.add("Transpose", net.x, perm=[0, 2, 3, 1])
    net.reduce("ReduceMean", [1, 2], 0)
    return net


@case
def scaled_input(opset):
    net = Net(opset, IMAGE)
    net.add("Sub", net.x, net.constant(numpy.array([0.4, 0.5, 0.6]).reshape(3, 1, 1)))
    net.add("Div", net.x, net.constant(numpy.array([0.2, 0.25, 0.3]).reshape(1, 3, 1, 1)))
    net.conv(4, 3, 3, pads=[1, 1, 1, 1])
    net.flatten()
    net.gemm(4 * 90)
    return net


@case
def input_that_is_turned_around(opset):
    """1 - x is no normalization with a positive deviation."""
    net = Net(opset, IMAGE)
    net.add("Sub", net.constant(1), net.x)
    net.conv(4, 3, 3)
    net.flatten()
    net.gemm(4 * 8 * 7)
    return net


@case
def constants_beside_channels(opset):
    net = Net(opset, IMAGE)
    first = net.conv(4, 3, 3, bias=False)
    net.add("Mul", net.x, net.constant(numpy.arange(1, 5).reshape(1, 4, 1, 1)))
    net.add("Add", net.constant(numpy.arange(4).reshape(4, 1, 1) / 4), net.x)
    net.add("Div", net.x, net.constant(1.5))
    net.add("Relu", net.x)
    net.add("Mul", net.x, net.constant(-0.5))  # nothing before it takes it
    net.norm(4)
    net.add("Sub", net.x, net.constant([[[0.25]]]))
    net.add("Add", net.x, first)  # read twice: nothing is folded into it behind
    net.add("Sub", net.constant(0.5), net.x)
    net.flatten()
    net.add("Add", net.x, net.drawn(4 * 8 * 7))
    net.gemm(4 * 8 * 7)
    net.add("Add", net.x, net.drawn(1, 5))
    net.add("Mul", net.x, net.constant(2))
    return net


@case
def maxima_and_minima_with_numbers(opset):
    if opset < 8:
        return None
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3)
    net.add("Mul", net.x, net.constant(9))
    net.add("Max", net.x, net.constant(0))
    net.add("Min", net.constant(6), net.x)
    net.flatten()
    net.gemm(4 * 8 * 7)
    return net


@case
def ends_in_softmax(opset):
    net = Net(opset, IMAGE)
    net.ends_in = "softmax"
    net.conv(5, 3, 3)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    net.add("Mul", net.x, net.constant(4))
    net.add("Softmax", net.x, axis=1)
    return net


@case
def ends_in_log_softmax(opset):
    net = Net(opset, IMAGE)
    net.ends_in = "log"
    net.flatten()
    net.gemm(270)
    net.add("LogSoftmax", net.x, axis=1 if opset < 13 else -1)
    net.add("Identity", net.x)
    return net


@case
def ends_in_sigmoid(opset):
    net = Net(opset, IMAGE)
    net.ends_in = "sigmoid"
    net.flatten()
    net.gemm(270)
    net.add("Sigmoid", net.x)
    net.add("Reshape", net.x, net.integers([-1, 5]))
    return net


@case
def ends_in_arg_max(opset):
    net = Net(opset, IMAGE)
    net.ends_in = "class"
    net.output_type = TensorProto.INT64
    net.add("Sub", net.x, net.constant(0.5))  # and no bias, so that the class depends on the image
    net.flatten()
    net.add("MatMul", net.x, net.drawn(270, 5))
    net.add("Softmax", net.x, axis=1)
    net.add("ArgMax", net.x, axis=1, keepdims=1)
    net.squeeze([1])
    return net


@case
def ends_in_a_class_of_another_type(opset):
    net = Net(opset, IMAGE)
    net.ends_in = "class"
    net.output_type = TensorProto.INT32
    net.flatten()
    net.gemm(270)
    net.add("ArgMax", net.x, axis=-1 if opset >= 11 else 1, keepdims=0)
    net.add("Cast", net.x, to=TensorProto.INT32)
    return net


@case
def reads_rows(opset):
    net = Net(opset, IMAGE, layout="row")
    net.gemm(270, 7)
    net.add("Relu", net.x)
    net.gemm(7)
    return net


@case
def fixed_batch(opset):
    net = Net(opset, IMAGE, batch=2)
    net.conv(4, 3, 3)
    net.add("Reshape", net.x, net.integers([2, 4 * 8 * 7]))
    net.gemm(4 * 8 * 7)
    return net


@case
def open_sizes(opset):
    net = Net(opset, IMAGE, leaves_shape_open=True)
    net.conv(4, 3, 3)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def reads_bytes(opset):
    net = Net(opset, IMAGE, element=TensorProto.UINT8)
    net.add("Cast", net.x, to=TensorProto.FLOAT)
    net.conv(4, 3, 3)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def weights_of_other_types(opset):
    """float16 and float64, cast in the graph."""
    net = Net(opset, IMAGE)
    x = net.x
    weight = net.constant(net.random.normal(0, 0.3, (4, 3, 3, 3)), numpy.float16)
    bias = net.constant(net.random.normal(0, 0.3, 4), numpy.float64)
    weight, bias = (net.add("Cast", value, to=TensorProto.FLOAT) for value in (weight, bias))
    net.add("Conv", x, weight, bias)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def constants_as_nodes(opset):
    net = Net(opset, IMAGE)
    x = net.x
    weight = net.add("Constant", value=numpy_helper.from_array(
        net.random.normal(0, 0.3, (3, 3, 3, 4)).astype(numpy.float32)))
    weight = net.add("Transpose", weight, perm=[3, 2, 0, 1])
    zeros = net.add("ConstantOfShape", net.integers([4])) if opset >= 9 else net.drawn(4)
    scale = net.add("Constant", value_float=0.5) if opset >= 12 else net.constant(0.5)
    net.add("Conv", x, weight, zeros)
    net.add("Mul", net.x, scale)
    net.add("GlobalAveragePool", net.x)
    net.flatten()
    return net


@case
def a_head_whose_shape_alone_is_read(opset):
    """As exporters view an output by the batch of another value."""
    net = Net(opset, IMAGE)
    net.conv(4, 3, 3)
    net.add("GlobalAveragePool", net.x)
    features = net.flatten()
    answer = net.gemm(4)
    net.x = features
    net.gemm(4)
    batch = net.add("Gather", net.add("Shape", net.x), net.integers([0]), axis=0)
    net.add("Reshape", answer, net.add("Concat", batch, net.integers([-1]), axis=0))
    return net
