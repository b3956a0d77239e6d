; SPDX-License-Identifier: GPL-2.0
;
; The two ways into the image.
;
;   pvh_start  32-bit, paging off, ebx = physical hvm_start_info: QEMU -kernel
;              finds it through the note.  The image lies at physical 2 MiB.
;   efi_entry  64-bit, rdi = physical boot_info, on the UEFI loader's page
;              tables; the image may lie anywhere.
;
; Both continue with physical memory below 4 GiB at DIRECT_MAP and the image
; at its linked address.  (Linux: arch/x86/platform/pvh/head.S)

KERNEL_BASE	equ 0xffffffff80000000
DIRECT_MAP	equ 0xffff888000000000
%define PHYS(sym) (sym - KERNEL_BASE)

extern pvh_main, kmain, pvh_start_phys

section .note.pvh note alloc noexec nowrite align=4
	dd 4, 8, 18			; name size, size, PHYS32_ENTRY
	db "Xen", 0
	dq pvh_start_phys

section .text.boot progbits alloc exec nowrite align=16
bits 32
global pvh_start
pvh_start:
	cld
	cli
	; Four tables of 2 MiB pages: the first 4 GiB.
	mov edi, PHYS(boot_pd)
	mov eax, 0x83			; present, write, huge
	xor edx, edx
	mov ecx, 2048
.fill:	mov [edi], eax
	mov [edi + 4], edx
	add eax, 0x200000
	add edi, 8
	dec ecx
	jnz .fill

	mov edi, PHYS(boot_pdpt)
	mov eax, PHYS(boot_pd) + 3
	mov ecx, 4
.pdpt:	mov [edi], eax
	add eax, 4096
	add edi, 8
	dec ecx
	jnz .pdpt
	mov dword [PHYS(boot_pdpt_high) + 510 * 8], PHYS(boot_pd) + 3

	mov eax, PHYS(boot_pdpt) + 3
	mov [PHYS(boot_pml4)], eax			; identity
	mov [PHYS(boot_pml4) + 273 * 8], eax		; DIRECT_MAP
	mov dword [PHYS(boot_pml4) + 511 * 8], PHYS(boot_pdpt_high) + 3

	mov eax, PHYS(boot_pml4)
	mov cr3, eax
	mov eax, 0x20			; PAE
	mov cr4, eax
	mov ecx, 0xc0000080		; EFER
	xor edx, edx
	mov eax, 0x100			; long mode
	wrmsr
	mov eax, 0x80010033		; paging, WP, NE, ET, MP, PE
	mov cr0, eax
	lgdt [PHYS(boot_gdtr)]
	jmp 0x10:PHYS(long_mode)

bits 64
long_mode:
	mov eax, 0x18
	mov ss, eax
	mov ds, eax
	mov es, eax
	xor eax, eax
	mov fs, eax
	mov gs, eax
	mov rsp, boot_stack_top
	xor ebp, ebp
	mov edi, ebx
	mov rax, pvh_main		; leave the identity map
	call rax
	ud2

global efi_entry
efi_entry:
	cld
	cli
	mov rsp, boot_stack_top
	xor ebp, ebp
	mov rax, DIRECT_MAP
	add rdi, rax
	call kmain
	ud2

align 8
boot_gdt:
	dq 0, 0
	dq 0x00af9a000000ffff		; 0x10: 64-bit code
	dq 0x00cf92000000ffff		; 0x18: data
boot_gdtr:
	dw boot_gdtr - boot_gdt - 1
	dd PHYS(boot_gdt)

; The first page stays unmapped in the final map: the boot stack's guard.
section .bss.stack nobits alloc noexec write align=4096
global boot_stack_guard, boot_stack_top
boot_stack_guard:
	resb 4096
	resb 16384
boot_stack_top:

section .bss nobits alloc noexec write align=4096
boot_pml4:	resb 4096
boot_pdpt:	resb 4096
boot_pdpt_high:	resb 4096
boot_pd:	resb 4 * 4096

section .note.GNU-stack noalloc noexec nowrite progbits
