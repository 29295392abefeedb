;; check BAD_SEGMENT
;; Data that start within the memory and end behind it.
(module
  (memory (export "memory") 1)
  (data (i32.const 65534) "abc")
  (func (export "invoke")
    nop))
