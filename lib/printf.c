// SPDX-License-Identifier: GPL-2.0
/*
 * vsnprintf: those of ISO C's conversions that the kernel uses.  It writes at
 * most size bytes, always ends them with a NUL when size is not 0, and returns
 * the length that the whole text has.  (Linux: lib/vsprintf.c)
 */
#include <lib/string.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, alt, wide;	/* - 0 #, and l, ll, z or t */
	int width, precision;		/* precision -1: not given */
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
	char text[24];
	int i = sizeof(text), len, zeros = 0;

	for (; v; v /= base)
		text[--i] = "0123456789abcdef"[v % base];
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

static void put_string(struct out *o, const struct spec *s, const char *str)
{
	if (!str)
		str = "(null)";
	put_field(o, s, "", 0, str, s->precision >= 0 ?
		  strnlen(str, s->precision) : strlen(str));
}

static const char *parse_flags(struct spec *s, const char *f)
{
	for (;; f++) {
		switch (*f) {
		case '-': s->left = true; break;
		case '0': s->zero = true; break;
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

static void convert(struct out *o, struct spec *s, char c, u64 v)
{
	s64 sv = s->wide ? (s64)v : (s32)v;
	char ch = v;

	if (!s->wide && c != 'p')
		v = (u32)v;
	switch (c) {
	case 'd':
		put_number(o, s, sv < 0 ? -(u64)sv : sv, 10, sv < 0 ? "-" : "");
		break;
	case 'u':
		put_number(o, s, v, 10, "");
		break;
	case 'o':
		put_number(o, s, v, 8, "");
		break;
	case 'x':
		put_number(o, s, v, 16, s->alt && v ? "0x" : "");
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

/* Flags, width, precision and length of one conversion. */
static const char *parse_spec(struct spec *s, const char *f, va_list *ap)
{
	f = parse_flags(s, f);
	if (*f == '*') {
		s->width = va_arg(*ap, int);
		f++;
	} else {
		f = parse_int(f, &s->width);
	}
	if (s->width < 0) {
		s->left = true;
		s->width = -s->width;
	}
	if (*f == '.' && f[1] == '*') {
		s->precision = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		f = parse_int(f + 1, &s->precision);
	}
	for (; *f == 'l' || *f == 'z' || *f == 't'; f++)
		s->wide = true;
	return f;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		struct spec s = { .precision = -1 };

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(&s, fmt + 1, &ap);
		if (!*fmt)
			break;
		if (*fmt == '%')
			put(&o, '%');
		else if (*fmt == 's')
			put_string(&o, &s, va_arg(ap, const char *));
		else if (s.wide || *fmt == 'p')
			convert(&o, &s, *fmt, va_arg(ap, u64));
		else
			convert(&o, &s, *fmt, va_arg(ap, unsigned));
	}
	va_end(ap);
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
