#include "serialize/pickle_reader.h"

#include <charconv>
#include <cstdint>
#include <unordered_map>

#include "floatsd/core/error.h"
#include "serialize/element_type.h"
#include "serialize/pickle_bytes.h"
#include "serialize/pickle_calls.h"
#include "serialize/pickle_objects.h"

namespace floatsd::serialize {
namespace {

/// As Python writes it, in every locale; 0 if it is none.
double decimal(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Reader {
 public:
  Reader(std::string_view pickle, TensorRebuilder tensors)
      : bytes_(pickle), size_(pickle.size()), tensors_(std::move(tensors)) {}

  Value read() {
    while (true) {
      const auto opcode = static_cast<uint8_t>(bytes_.take_number(1));
      if (opcode == '.') {
        return to_value(*pop(), size_ - bytes_.rest().size());
      }
      if (!push_number(opcode) && !push_text(opcode) && !push_container(opcode) &&
          !use_memo(opcode) && !change_stack(opcode) && !fill(opcode) && !make(opcode)) {
        throw Error("pickle has the opcode " + std::to_string(opcode) +
                    ", which torch.save does not write");
      }
    }
  }

  [[nodiscard]] std::string_view rest() const { return bytes_.rest(); }

 private:
  /// Each of these takes the opcodes of one sort, and returns false for all others.
  bool push_number(uint8_t opcode) {
    switch (opcode) {
      case 'N':
        push(Value());
        return true;
      case 0x88:
        push(Value(true));
        return true;
      case 0x89:
        push(Value(false));
        return true;
      case 'K':
        push(Value(static_cast<int64_t>(bytes_.take_number(1))));
        return true;
      case 'M':
        push(Value(static_cast<int64_t>(bytes_.take_number(2))));
        return true;
      case 'J':
        push(Value(static_cast<int64_t>(static_cast<int32_t>(bytes_.take_number(4)))));
        return true;
      case 0x8a:
        push_integer(bytes_.take_long(bytes_.take_number(1)));
        return true;
      case 0x8b:
        push_integer(bytes_.take_long(bytes_.take_number(4)));
        return true;
      case 'I':
      case 'L':
        push_integer(bytes_.take_decimal());
        return true;
      case 'G':
        push(Value(bytes_.take_double()));
        return true;
      case 'F':
        push(Value(decimal(bytes_.take_line())));
        return true;
      default:
        return false;
    }
  }

  bool push_text(uint8_t opcode) {
    switch (opcode) {
      case 'U':  // of Python 2
      case 0x8c:
        push(Value(std::string(bytes_.take(bytes_.take_number(1)))));
        return true;
      case 'T':
      case 'X':
        push(Value(std::string(bytes_.take(bytes_.take_number(4)))));
        return true;
      case 0x8d:
        push(Value(std::string(bytes_.take(bytes_.take_number(8)))));
        return true;
      case 'C':
        push_bytes(1);
        return true;
      case 'B':
        push_bytes(4);
        return true;
      case 0x8e:  // BINBYTES8
      case 0x96:  // BYTEARRAY8
        push_bytes(8);
        return true;
      case 'c': {
        const std::string module(bytes_.take_line());
        push_global(module, std::string(bytes_.take_line()));
        return true;
      }
      case 0x93: {  // STACK_GLOBAL
        const auto names = pop_many(2);
        push_global(text(names[0]), text(names[1]));
        return true;
      }
      default:
        return false;
    }
  }

  bool push_container(uint8_t opcode) {
    switch (opcode) {
      case ')':
        push(Sequence{.is_tuple = true});
        return true;
      case ']':
        push(Sequence{.is_tuple = false});
        return true;
      case '}':
        push(Mapping{});
        return true;
      case 't':
        push(Sequence{.is_tuple = true, .items = pop_mark()});
        return true;
      case 'l':
        push(Sequence{.is_tuple = false, .items = pop_mark()});
        return true;
      case 'd': {
        const auto items = pop_mark();
        push(Mapping{});
        set_items(items);
        return true;
      }
      case 0x85:  // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        push(Sequence{.is_tuple = true, .items = pop_many(opcode - 0x84)});
        return true;
      case 0x8f:  // EMPTY_SET
        push(Value(Opaque{.name = "a set"}));
        return true;
      case 0x91:  // FROZENSET
        pop_mark();
        push(Value(Opaque{.name = "a set"}));
        return true;
      default:
        return false;
    }
  }

  bool use_memo(uint8_t opcode) {
    switch (opcode) {
      case 'q':
        memo_[bytes_.take_number(1)] = top();
        return true;
      case 'r':
        memo_[bytes_.take_number(4)] = top();
        return true;
      case 0x94:  // MEMOIZE
        memo_[memo_.size()] = top();
        return true;
      case 'h':
        recall(bytes_.take_number(1));
        return true;
      case 'j':
        recall(bytes_.take_number(4));
        return true;
      default:
        return false;
    }
  }

  bool change_stack(uint8_t opcode) {
    switch (opcode) {
      case 0x80:
        check_protocol(bytes_.take_number(1));
        return true;
      case 0x95:  // FRAME
        bytes_.take_number(8);
        return true;
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case '0':
        pop();
        return true;
      case '1':
        pop_mark();
        return true;
      case '2':
        stack_.push_back(top());
        return true;
      default:
        return false;
    }
  }

  bool fill(uint8_t opcode) {
    switch (opcode) {
      case 'a':
        append(pop_many(1));
        return true;
      case 'e':
        append(pop_mark());
        return true;
      case 's':
        set_items(pop_many(2));
        return true;
      case 'u':
        set_items(pop_mark());
        return true;
      case 0x90:  // ADDITEMS, to a set
        pop_mark();
        part<Value>(top(), "a set");
        return true;
      default:
        return false;
    }
  }

  bool make(uint8_t opcode) {
    switch (opcode) {
      case 'Q':
        load_persistent(part<Sequence>(pop(), "a storage's description"));
        return true;
      case 'R': {
        const auto& arguments = part<Sequence>(pop(), "arguments");
        CallResult result = call(*pop(), arguments);
        push_or_reuse(std::move(result));
        return true;
      }
      case 0x81:    // NEWOBJ: class, arguments
      case 0x92: {  // NEWOBJ_EX: class, arguments, keywords
        const auto of = pop_many(opcode == 0x81 ? 2 : 3);
        push_or_reuse({.made = instance_of(*of[0])});
        return true;
      }
      case 'b': {
        const Object* state = pop();
        set_state(*top(), *state);
        return true;
      }
      default:
        return false;
    }
  }

  static void check_protocol(uint64_t protocol) {
    if (protocol < 2 || protocol > 5) {
      throw Error("pickle protocol is " + std::to_string(protocol) + ", expected 2 to 5");
    }
  }

  void push_integer(std::optional<int64_t> value) {
    push(value ? Value(*value) : Value(Opaque{.name = "an int of more than 64 bits"}));
  }

  void push_bytes(size_t size_bytes) {
    bytes_.take(bytes_.take_number(size_bytes));
    push(Value(Opaque{.name = "bytes"}));
  }

  void push_global(const std::string& module, const std::string& name) {
    const ElementType* dtype = module == "torch" ? element_type_of_dtype(name) : nullptr;
    if (dtype != nullptr) {
      push(Value(dtype->type));
    } else {
      push(Global{module + "." + name});
    }
  }

  static std::string text(Object* object) {
    const auto* found = part<Value>(object, "a name").get_if<std::string>();
    if (found == nullptr) {
      throw Error("pickle has something else where a name was expected");
    }
    return *found;
  }

  /// ("storage", ...), or in files of whole networks ("module", class, its source).
  void load_persistent(const Sequence& id) {
    const auto* sort = id.items.empty() ? nullptr : id.items[0]->get_if<Value>();
    const auto* name = sort == nullptr ? nullptr : sort->get_if<std::string>();
    if (name != nullptr && *name == "module" && id.items.size() > 1) {
      stack_.push_back(id.items[1]);
    } else {
      push_or_reuse({.made = tensors_.load_storage(id)});
    }
  }

  void push_or_reuse(CallResult result) {
    if (result.existing != nullptr) {
      stack_.push_back(result.existing);
    } else {
      objects_.push_back(std::move(result.made));
      stack_.push_back(&objects_.back());
    }
  }

  /// What is appended to an object of another class is left out.
  void append(const std::vector<Object*>& items) {
    if (is_opaque(*top())) {
      return;
    }
    auto& list = part<Sequence>(top(), "a list");
    if (list.is_tuple) {
      throw Error("pickle appends to a tuple");
    }
    list.items.insert(list.items.end(), items.begin(), items.end());
  }

  /// An object of another class that gets items is a kind of dict.
  void set_items(const std::vector<Object*>& items) {
    if (is_opaque(*top())) {
      top()->data = Mapping{};
    }
    auto& mapping = part<Mapping>(top(), "a dict");
    if (items.size() % 2 != 0) {
      throw Error("pickle has a key without a value");
    }
    for (size_t i = 0; i < items.size(); i += 2) {
      mapping.entries.emplace_back(items[i], items[i + 1]);
    }
  }

  static bool is_opaque(const Object& object) {
    const auto* value = object.get_if<Value>();
    return value != nullptr && value->get_if<Opaque>() != nullptr;
  }

  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
      throw Error("pickle refers to object " + std::to_string(index) + ", which it never made");
    }
    stack_.push_back(found->second);
  }

  template <typename Data>
  void push(Data data) {
    objects_.push_back(Object{std::move(data)});
    stack_.push_back(&objects_.back());
  }

  [[nodiscard]] Object* top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
      throw Error("pickle takes an object where there is none");
    }
    return stack_.back();
  }

  Object* pop() {
    Object* object = top();
    stack_.pop_back();
    return object;
  }

  std::vector<Object*> pop_many(size_t count) {
    std::vector<Object*> items(count);
    for (size_t i = count; i-- > 0;) {
      items[i] = pop();
    }
    return items;
  }

  std::vector<Object*> pop_mark() {
    if (marks_.empty()) {
      throw Error("pickle ends a group that it did not begin");
    }
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Object*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  template <typename T>
  static T& part(Object* object, const char* what) {
    T* found = std::get_if<T>(&object->data);
    if (found == nullptr) {
      throw Error("pickle has something else where " + std::string(what) + " was expected");
    }
    return *found;
  }

  PickleBytes bytes_;
  size_t size_;  // of the pickle and what follows it
  TensorRebuilder tensors_;
  std::deque<Object> objects_;  // owns; the addresses stay
  std::vector<Object*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, Object*> memo_;
};

}  // namespace

Value take_pickle(std::string_view& bytes, const ReadStorage& storage) {
  Reader reader(bytes, TensorRebuilder(storage));
  Value value = reader.read();
  bytes = reader.rest();
  return value;
}

Value read_pickle(std::string_view pickle, const ReadStorage& storage) {
  return take_pickle(pickle, storage);
}

}  // namespace floatsd::serialize
