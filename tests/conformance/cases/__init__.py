"""The rows, section by section."""

from cases import chunks, connection, content_length, request_line_and_fields, transfer_encoding, upstream

MODULES = (content_length, transfer_encoding, chunks, request_line_and_fields, connection, upstream)
SECTIONS = {module.__name__.rpartition(".")[2]: module.ROWS for module in MODULES}
