;; run MEMORY_LIMIT
;; Grows its memory until it is stopped.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (loop $again
      (drop (memory.grow (i32.const 16)))
      (br $again))))
