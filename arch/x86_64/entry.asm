; SPDX-License-Identifier: GPL-2.0
;
; Every way into the kernel from outside, and the switch between tasks.  On
; each entry from user mode a struct pt_regs is built at the top of the task's
; kernel stack.  There is one processor, so the kernel's stack pointer is a
; plain variable: gs always holds the user's base and nothing swaps it.
; Interrupts are off in this file.  (Linux: arch/x86/entry/entry_64.S)

default rel
USER_DS		equ 0x2b
USER_CS		equ 0x33
FLAG_TF_RF	equ 0x10100

; Offsets in struct pt_regs.
PT_R11		equ 6 * 8
PT_AX		equ 10 * 8
PT_ORIG_AX	equ 15 * 8
PT_IP		equ 16 * 8
PT_SP		equ 19 * 8

extern do_syscall, trap_dispatch, exit_to_user, kthread_start
extern cpu_has_smap, syscall_table, direct_syscalls, exit_work

section .bss nobits alloc noexec write align=8
global kernel_rsp
kernel_rsp:	resq 1
user_rsp:	resq 1

%macro PUSH_FROM_R8 0
	push r8
	push r9
	push r10
	push r11
	push rbx
	push rbp
	push r12
	push r13
	push r14
	push r15
%endmacro

%macro POP_TO_RBX 0
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbp
	pop rbx
%endmacro

section .text progbits alloc exec nowrite align=16
global syscall_entry
syscall_entry:
	mov [user_rsp], rsp
	mov rsp, [kernel_rsp]
	push USER_DS
	push qword [user_rsp]
	push r11
	push USER_CS
	push rcx
	push rax
	push rdi
	push rsi
	push rdx
	push rcx
	push -38			; ax: ENOSYS
	PUSH_FROM_R8
	xor ebp, ebp			; end of the backtrace
	sti
	cmp rax, [direct_syscalls]	; 0: somebody looks on
	jae .slow
	mov rcx, r10
	call [syscall_table + rax * 8]
	mov [rsp + PT_AX], rax
	cli
	cmp byte [exit_work], 0
	jne .exit

	; Nobody has touched ip and flags, so sysret restores everything: rcx
	; = ip, r11 = flags.  But for TF, which would trap too early, and RF.
	test dword [rsp + PT_R11], FLAG_TF_RF
	jnz return_to_user
	POP_TO_RBX
	pop r11
	pop r10
	pop r9
	pop r8
	pop rax
	pop rcx
	pop rdx
	pop rsi
	pop rdi
	mov rsp, [rsp + PT_SP - PT_ORIG_AX]
	o64 sysret

.slow:	mov rdi, rsp
	call do_syscall
.exit:	mov rdi, rsp
	call exit_to_user

; rsp = struct pt_regs
return_to_user:
return_from_trap:
	POP_TO_RBX
	pop r11
	pop r10
	pop r9
	pop r8
	pop rax
	pop rcx
	pop rdx
	pop rsi
	pop rdi
	add rsp, 8
	iretq

; ---- traps and interrupts -------------------------------------------------

; A stub leaves the error code (or 0) in orig_ax's place, rdi below it, and
; its vector in edi.
%macro STUB 1
trap_%1:
%if !(%1 = 8 || (%1 >= 10 && %1 <= 14) || %1 = 17 || %1 = 21 || \
     %1 = 29 || %1 = 30)
	push 0
%endif
	push rdi
	mov edi, %1
	jmp trap_common
%endmacro

%assign v 0
%rep 48
	STUB v
%assign v v + 1
%endrep

trap_common:
	push rsi
	push rdx
	push rcx
	push rax
	PUSH_FROM_R8
	cld
	test byte [cpu_has_smap], 1	; the user may have left AC set
	jz .no_smap
	clac
.no_smap:
	mov rsi, rsp
	mov rdx, [rsp + PT_ORIG_AX]
	mov qword [rsp + PT_ORIG_AX], -1
	test byte [rsp + PT_IP + 8], 3	; cs
	jz .call
	xor ebp, ebp
.call:	call trap_dispatch
	jmp return_from_trap

; ---- switching --------------------------------------------------------------

; void __switch_stack(u64 *save_sp, u64 new_sp)
global __switch_stack
__switch_stack:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov [rdi], rsp
	mov rsp, rsi
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret

; First code of a kernel thread: r12 = function, r13 = argument.  It comes
; back only if it became a user program by exec.
global kthread_entry, fork_entry
kthread_entry:
	mov rdi, r12
	mov rsi, r13
	call kthread_start
fork_entry:
	mov rdi, rsp
	xor ebp, ebp
	call exit_to_user
	jmp return_to_user

section .rodata progbits alloc noexec nowrite align=8
global trap_stubs
trap_stubs:
%assign v 0
%rep 48
	dq trap_%+v
%assign v v + 1
%endrep

section .note.GNU-stack noalloc noexec nowrite progbits
