#pragma once
// The integer network for C and for whatever calls C: load a model file, run it on images' bytes.
// Link floatsd::c (libfloatsd_c.so); docs/embedding.md explains it, examples/c is a program.
//
// A model never changes: threads may share it. A session is the memory that an inference works in:
// each thread takes one of its own. After that nothing is allocated.
//
// A function that can fail says so by what it returns; floatsd_last_error then has one line about
// it. Null for a required pointer is such a failure; the two free functions accept null and do
// nothing.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct floatsd_model floatsd_model;
typedef struct floatsd_session floatsd_session;

/// The version of the library, "0.1.0".
const char* floatsd_version(void);

/// What went wrong in the calling thread's last function that failed: one line, in UTF-8 but for
/// bytes of a path or a name that it quotes, cut off after 1023 bytes. It stands until another
/// function fails there. "" if none did.
const char* floatsd_last_error(void);

/// Reads and validates a model file (docs/model_file.md); so from its `size` bytes in memory, which
/// are not needed afterwards. Null if it cannot be read, or is not valid.
floatsd_model* floatsd_load(const char* path);
floatsd_model* floatsd_parse(const void* bytes, size_t size);

/// Sessions go on without the model that they were made of.
void floatsd_free_model(floatsd_model* model);

/// The network's name, "lenet". Texts stand as long as the model does.
const char* floatsd_network(const floatsd_model* model);

/// Channels, rows and columns of an image, and the bytes of one: their product. 0 if it fails.
size_t floatsd_channels(const floatsd_model* model);
size_t floatsd_height(const floatsd_model* model);
size_t floatsd_width(const floatsd_model* model);
size_t floatsd_image_size(const floatsd_model* model);

/// How many outputs an image has: one a class. 0 if it fails.
size_t floatsd_outputs(const floatsd_model* model);

/// The name of a class; null if the model names none. Null and an error if it has no such class.
const char* floatsd_class_name(const floatsd_model* model, size_t output);

/// What a channel's byte means: (byte / 255 - mean) / deviation, one of each for a channel; null if
/// the model does not say. No inference needs it.
const float* floatsd_mean(const floatsd_model* model);
const float* floatsd_deviation(const floatsd_model* model);

/// What an output code means: (code - zero point) * scale. 0 if `model` is null.
float floatsd_output_scale(const floatsd_model* model);
int32_t floatsd_output_zero_point(const floatsd_model* model);

/// The bytes that a session works in, however many images it is given. 0 if it fails.
size_t floatsd_session_size(const floatsd_model* model);

/// Memory for one thread's inferences; null if there is none.
floatsd_session* floatsd_new_session(const floatsd_model* model);

/// The same in memory of the caller, who may free it after floatsd_free_session. Null if `size` is
/// less than floatsd_session_size.
floatsd_session* floatsd_new_session_in(const floatsd_model* model, void* memory, size_t size);

void floatsd_free_session(floatsd_session* session);

/// Runs images, `size` bytes [N, C, H, W] together, and writes what is wanted of them; null: not
/// wanted. Returns 0, or -1 if it fails: so if `size` is no whole number of images.
///   codes    [N, outputs]  the output codes
///   values   [N, outputs]  the real numbers that they stand for
///   classes  [N]           the output of the largest code, the lowest one at a tie
int floatsd_run(floatsd_session* session, const uint8_t* images, size_t size, uint8_t* codes,
                float* values, int32_t* classes);

#ifdef __cplusplus
}
#endif
