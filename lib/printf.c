// SPDX-License-Identifier: GPL-2.0
/*
 * vsnprintf: ISO C's conversions without floating point.  It writes at most
 * size bytes, always ends them with a NUL when size is not 0, and returns the
 * length that the whole text has.  (Linux: lib/vsprintf.c)
 */
#include <lib/string.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, plus, space, alt, upper;
	int width, precision;	/* precision -1: not given */
	int length;		/* -2 hh, -1 h, 0, 1 l ll z t */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

/* prefix (sign or 0x), zeros, digits, within the field's width. */
static void put_field(struct out *o, const struct spec *s, const char *prefix,
		      int zeros, const char *text, int len)
{
	int fill = s->width - (int)strlen(prefix) - zeros - len;

	if (!s->left)
		pad(o, ' ', fill);
	while (*prefix)
		put(o, *prefix++);
	pad(o, '0', zeros);
	for (int i = 0; i < len; i++)
		put(o, text[i]);
	if (s->left)
		pad(o, ' ', fill);
}

static void put_number(struct out *o, const struct spec *s, u64 v,
		       unsigned base, const char *prefix)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	int i = sizeof(text), len, zeros = 0;

	for (; v; v /= base)
		text[--i] = digits[v % base];
	len = sizeof(text) - i;
	if (s->precision >= 0)
		zeros = s->precision - len;
	else if (s->zero && !s->left)
		zeros = s->width - (int)strlen(prefix) - len;
	if (zeros < 0)
		zeros = 0;
	if (!len && !zeros && s->precision)
		zeros = 1;
	if (s->alt && base == 8 && !zeros)
		zeros = 1;
	put_field(o, s, prefix, zeros, text + i, len);
}

static void put_signed(struct out *o, const struct spec *s, s64 v)
{
	const char *sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";

	put_number(o, s, v < 0 ? -(u64)v : v, 10, sign);
}

static void put_string(struct out *o, const struct spec *s, const char *str)
{
	if (!str)
		str = "(null)";
	put_field(o, s, "", 0, str, s->precision >= 0 ?
		  strnlen(str, s->precision) : strlen(str));
}

static s64 narrow_signed(s64 v, int length)
{
	switch (length) {
	case -2: return (s8)v;
	case -1: return (s16)v;
	case 0: return (s32)v;
	}
	return v;
}

static u64 narrow_unsigned(u64 v, int length)
{
	switch (length) {
	case -2: return (u8)v;
	case -1: return (u16)v;
	case 0: return (u32)v;
	}
	return v;
}

static const char *parse_flags(struct spec *s, const char *f)
{
	for (;; f++) {
		switch (*f) {
		case '-': s->left = true; break;
		case '0': s->zero = true; break;
		case '+': s->plus = true; break;
		case ' ': s->space = true; break;
		case '#': s->alt = true; break;
		default: return f;
		}
	}
}

static const char *parse_int(const char *f, int *v)
{
	for (*v = 0; *f >= '0' && *f <= '9'; f++)
		*v = *v * 10 + *f - '0';
	return f;
}

static const char *parse_length(struct spec *s, const char *f)
{
	for (;; f++) {
		if (*f == 'h')
			s->length--;
		else if (*f == 'l' || *f == 'z' || *f == 't')
			s->length = 1;
		else
			return f;
	}
}

static void convert(struct out *o, struct spec *s, char c, u64 v)
{
	char ch = v;

	switch (c) {
	case 'd': case 'i':
		put_signed(o, s, narrow_signed(v, s->length));
		break;
	case 'u':
		put_number(o, s, narrow_unsigned(v, s->length), 10, "");
		break;
	case 'o':
		put_number(o, s, narrow_unsigned(v, s->length), 8, "");
		break;
	case 'X':
		s->upper = true;
		/* fall through */
	case 'x':
		v = narrow_unsigned(v, s->length);
		put_number(o, s, v, 16, !s->alt || !v ? "" :
			   s->upper ? "0X" : "0x");
		break;
	case 'p':
		put_number(o, s, v, 16, "0x");
		break;
	case 'c':
		put_field(o, s, "", 0, &ch, 1);
		break;
	default:
		put(o, '%');
		put(o, c);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		struct spec s = { .precision = -1 };

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_flags(&s, fmt + 1);
		if (*fmt == '*') {
			s.width = va_arg(ap, int);
			fmt++;
		} else {
			fmt = parse_int(fmt, &s.width);
		}
		if (s.width < 0) {
			s.left = true;
			s.width = -s.width;
		}
		if (*fmt == '.' && fmt[1] == '*') {
			s.precision = va_arg(ap, int);
			fmt += 2;
		} else if (*fmt == '.') {
			fmt = parse_int(fmt + 1, &s.precision);
		}
		fmt = parse_length(&s, fmt);
		if (!*fmt)
			break;
		if (*fmt == '%')
			put(&o, '%');
		else if (*fmt == 's')
			put_string(&o, &s, va_arg(ap, const char *));
		else if (s.length > 0 || *fmt == 'p')
			convert(&o, &s, *fmt, va_arg(ap, u64));
		else
			convert(&o, &s, *fmt, va_arg(ap, unsigned));
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
