#include "serialize/pickle_writer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>

#include "floatsd/core/error.h"
#include "serialize/element_type.h"

namespace floatsd::serialize {
namespace {

/// Opcodes are written as the letters that Python's pickletools prints beside their names.
class Writer {
 public:
  Pickle finish(const Value& value) {
    bytes_ = "\x80\x02";  // PROTO 2
    write(value);
    bytes_ += '.';
    return {std::move(bytes_), std::move(storages_)};
  }

 private:
  void write(const Value& value) {
    std::visit([this](const auto& v) { put(v); }, value.data());
  }

  void put(std::monostate) { bytes_ += 'N'; }
  void put(bool v) { bytes_ += v ? '\x88' : '\x89'; }
  void put(double v) {
    bytes_ += 'G';
    const auto bits = std::bit_cast<uint64_t>(v);
    for (int shift = 56; shift >= 0; shift -= 8) {  // the one big-endian number of a pickle
      bytes_ += static_cast<char>(bits >> shift);
    }
  }
  void put(int64_t v) {
    if (v >= INT32_MIN && v <= INT32_MAX) {
      bytes_ += 'J';
      little_endian(static_cast<uint64_t>(v), 4);
    } else {
      bytes_ += "\x8a\x08";  // LONG1 of 8 bytes
      little_endian(static_cast<uint64_t>(v), 8);
    }
  }
  void put(const std::string& v) {
    if (v.size() > UINT32_MAX) {
      throw Error("a string of " + std::to_string(v.size()) + " bytes, expected less than 4 GiB");
    }
    bytes_ += 'X';
    little_endian(v.size(), 4);
    bytes_ += v;
  }
  void put(at::ScalarType v) { global("torch", known(element_type(v), v).dtype); }
  void put(const List& v) {
    bytes_ += "](";
    for (const Value& item : v.items) {
      write(item);
    }
    bytes_ += 'e';
  }
  void put(const Tuple& v) {
    bytes_ += '(';
    for (const Value& item : v.items) {
      write(item);
    }
    bytes_ += 't';
  }
  void put(const Dict& v) {
    bytes_ += "}(";
    for (const DictEntry& entry : v.entries) {
      put(entry.key);
      write(entry.value);
    }
    bytes_ += 'u';
  }
  void put(const Opaque& v) {
    throw Error("holds " + v.name + ", which is not written; expected plain data");
  }

  void put(const at::Tensor& v) {
    if (!v.defined() || v.is_quantized() || v.layout() != at::kStrided) {
      throw Error(
          "a tensor that is undefined, sparse or quantized by PyTorch, expected a dense one");
    }
    const at::Tensor values = v.detach().to(at::kCPU);
    global("torch._utils", "_rebuild_tensor_v2");
    bytes_ += '(';
    strided(values, known(element_type(v.scalar_type()), v.scalar_type()));
    no_gradient_no_hooks();
    bytes_ += "tR";
  }

  void put(const QuantizedTensor& v) {
    check_scales(v);
    const at::Tensor codes = v.codes.detach().to(at::kCPU);
    global("torch._utils", "_rebuild_qtensor");
    bytes_ += '(';
    strided(codes, known(quantized_element_type(codes.scalar_type()), codes.scalar_type()));
    bytes_ += '(';
    if (v.axis) {
      global("torch", "per_channel_affine");
      put(at::tensor(v.scales, at::kDouble));
      put(at::tensor(v.zero_points, at::kLong));
      put(*v.axis);
    } else {
      global("torch", "per_tensor_affine");
      put(v.scales[0]);
      put(v.zero_points[0]);
    }
    bytes_ += 't';
    no_gradient_no_hooks();
    bytes_ += "tR";
  }

  /// The first four arguments of the functions that rebuild a tensor: storage, offset, size,
  /// stride, which is that of a contiguous one.
  void strided(const at::Tensor& values, const ElementType& type) {
    bytes_ += '(';
    put(std::string("storage"));
    global("torch", type.storage);
    put(std::to_string(storages_.size()));
    put(std::string("cpu"));
    put(values.numel());
    bytes_ += "tQ";
    put(int64_t{0});
    numbers(values.sizes());
    std::vector<int64_t> strides(static_cast<size_t>(values.dim()), 1);
    for (size_t i = strides.size(); i-- > 1;) {
      strides[i - 1] = strides[i] * std::max<int64_t>(values.size(static_cast<int64_t>(i)), 1);
    }
    numbers(strides);
    storages_.push_back(values);
  }

  void numbers(at::IntArrayRef values) {
    bytes_ += '(';
    for (const int64_t value : values) {
      put(value);
    }
    bytes_ += 't';
  }

  void no_gradient_no_hooks() {
    put(false);
    global("collections", "OrderedDict");
    bytes_ += ")R";
  }

  void global(std::string_view module, std::string_view name) {
    bytes_.append("c").append(module).append("\n").append(name).append("\n");
  }

  static const ElementType& known(const ElementType* type, at::ScalarType asked) {
    if (type == nullptr) {
      throw Error("element type " + std::string(at::toString(asked)) +
                  " is not one that torch files here hold");
    }
    return *type;
  }

  void little_endian(uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      bytes_ += static_cast<char>(value >> (8 * i));
    }
  }

  std::string bytes_;
  std::vector<at::Tensor> storages_;
};

}  // namespace

Pickle write_pickle(const Value& value) { return Writer().finish(value); }

}  // namespace floatsd::serialize
