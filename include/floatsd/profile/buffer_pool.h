#pragma once
// Buffer pool: where the large tensors of a training live. Each step makes and frees the same
// buffers; a general allocator gives them back to the system and takes them anew page by page, or
// keeps them and tears them to pieces.

namespace floatsd::profile {

/// From now on the process' tensors of 1 MiB and more lie in blocks of their own, which are kept
/// when freed and used again for tensors that fill at least 7/8 of them; blocks that nothing used
/// while 4096 others were taken go back to the system when a new size is asked for. malloc keeps
/// what it frees, too. On Linux, blocks ask for
/// huge pages. Smaller tensors stay with malloc. A second call does nothing.
void pool_buffers();

/// The other way, also after pool_buffers, for a process that makes each tensor once: from now on
/// tensors of all sizes lie where malloc puts them, and what is freed in blocks of 128 KiB and more
/// goes back to the system at once. (malloc's heap would keep it, and of freed blocks that were
/// aligned use none again for the next of their size.)
void return_buffers();

}  // namespace floatsd::profile
