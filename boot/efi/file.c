// SPDX-License-Identifier: GPL-2.0
/* Files of the volume that the loader was started from, read whole. */
#include "loader.h"

EFI_STATUS open_volume(EFI_HANDLE image, EFI_FILE **root)
{
	EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;
	EFI_LOADED_IMAGE *loaded;
	EFI_STATUS status;

	status = BS->HandleProtocol(image, &image_guid, (void **)&loaded);
	if (!EFI_ERROR(status))
		status = BS->HandleProtocol(loaded->DeviceHandle, &fs_guid,
					    (void **)&fs);
	if (!EFI_ERROR(status))
		status = fs->OpenVolume(fs, root);
	return EFI_ERROR(status) ? fail("boot volume", status) : status;
}

static EFI_STATUS file_size(EFI_FILE *file, UINT64 *size)
{
	EFI_STATUS status;

	status = file->SetPosition(file, ~0ull);	/* the end */
	if (!EFI_ERROR(status))
		status = file->GetPosition(file, size);
	if (!EFI_ERROR(status))
		status = file->SetPosition(file, 0);
	return status;
}

static EFI_STATUS read_open(EFI_FILE *file, const char *name, struct blob *out)
{
	EFI_STATUS status;
	UINT64 size;
	UINTN got;

	status = file_size(file, &size);
	if (EFI_ERROR(status))
		return fail(name, status);
	if (!size)
		return fail(name, EFI_END_OF_FILE);
	if (size >= LIMIT_4G)
		return fail(name, EFI_BAD_BUFFER_SIZE);
	status = alloc_low(size, EfiLoaderData, (void **)&out->data);
	if (EFI_ERROR(status))
		return status;
	got = size;
	status = file->Read(file, &got, out->data);
	if (!EFI_ERROR(status) && got != size)
		status = EFI_END_OF_FILE;
	out->size = size;
	return EFI_ERROR(status) ? fail(name, status) : status;
}

EFI_STATUS read_file(EFI_FILE *root, CHAR16 *path, const char *name,
		     BOOLEAN optional, struct blob *out)
{
	EFI_STATUS status;
	EFI_FILE *file;

	out->data = NULL;
	out->size = 0;
	status = root->Open(root, &file, path, EFI_FILE_MODE_READ, 0);
	if (status == EFI_NOT_FOUND && optional)
		return EFI_SUCCESS;
	if (EFI_ERROR(status))
		return fail(name, status);
	status = read_open(file, name, out);
	file->Close(file);
	return status;
}
