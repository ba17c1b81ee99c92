// Force-included in ThreadSanitizer builds only: the packaged protobuf was built without
// __SANITIZE_THREAD__, under which map_field.h declares another class layout.
#pragma once
#ifdef __cplusplus
#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")
#endif
