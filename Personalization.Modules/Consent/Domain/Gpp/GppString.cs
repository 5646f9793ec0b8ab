using Personalization.Consent.Domain.Tcf;

namespace Personalization.Consent.Domain.Gpp;

/// <summary>
/// A string of IAB Tech Lab's Global Privacy Platform, read in place: a header that names the sections, then the sections, all joined by
/// <c>~</c>. Every section that we know has been checked before there is one; sections that we do not know are passed over.
/// Source: InteractiveAdvertisingBureau/Global-Privacy-Platform.
/// </summary>
internal readonly ref struct GppString
{
    /// <summary>Characters: one full TC string, and every other section besides.</summary>
    public const int MaxLength = TcString.MaxLength + 4096;

    /// <summary>Europe's TC string.</summary>
    public const int TcfEuSection = 2;

    /// <summary>Canada's TC string. Recognised, its content is used for nothing.</summary>
    public const int TcfCaSection = 5;

    /// <summary>The US Privacy string in clear letters.</summary>
    public const int UspSection = 6;

    private readonly ReadOnlySpan<byte> _header;
    private readonly ReadOnlySpan<byte> _sections;

    private GppString(ReadOnlySpan<byte> header, ReadOnlySpan<byte> sections)
    {
        _header = header;
        _sections = sections;
    }

    /// <summary>Reads and checks the whole string, in time proportional to its length. Never throws.</summary>
    public static GppStatus Read(ReadOnlySpan<byte> text, out GppString gpp)
    {
        gpp = default;
        if (text.IsEmpty)
        {
            return GppStatus.Empty;
        }

        if (text.Length > MaxLength)
        {
            return GppStatus.TooLong;
        }

        var end = text.IndexOf((byte)'~');
        var header = end < 0 ? text : text[..end];
        if (header.Length < 4 || !SixBits.IsClean(header) || new SixBits(header).Read(0, 12) != ((3 << 6) | 1))
        {
            return GppStatus.BadHeader;
        }

        var candidate = new GppString(header, end < 0 ? default : text[end..]);
        var status = candidate.Check();
        gpp = status == GppStatus.Read ? candidate : default;
        return status;
    }

    /// <summary>
    /// Whether a string that was refused may have held a section: its header names it, or says nothing that can be relied on.
    /// </summary>
    public static bool MayHaveHeld(ReadOnlySpan<byte> text, GppStatus refusal, int sectionId)
    {
        if (refusal is GppStatus.Empty or GppStatus.TooLong or GppStatus.BadHeader or GppStatus.WrongSectionCount)
        {
            return refusal != GppStatus.Empty;
        }

        var sections = new Enumerator(text[..text.IndexOf((byte)'~')], default);
        return sections.HeaderNames(sectionId);
    }

    /// <summary>The sections in ascending order of their numbers.</summary>
    public Enumerator GetEnumerator() => new(_header, _sections);

    /// <summary>The content of a section.</summary>
    public bool TryGet(int id, out ReadOnlySpan<byte> content)
    {
        foreach (var section in this)
        {
            if (section.Id == id)
            {
                content = section.Content;
                return true;
            }
        }

        content = default;
        return false;
    }

    /// <summary>A section of the United States.</summary>
    public bool TryGetUs(int id, out UsSection section)
    {
        section = default;
        return UsLayout.Knows(id) && TryGet(id, out var content) && UsSection.Read(id, content, out section) == GppStatus.Read;
    }

    private GppStatus Check()
    {
        var sections = GetEnumerator();
        while (sections.MoveNext())
        {
            if (CheckSection(sections.Current) is var status and not GppStatus.Read)
            {
                return status;
            }
        }

        return sections.Status;
    }

    private static GppStatus CheckSection(GppSection section)
    {
        if (section.Content.IsEmpty)
        {
            return GppStatus.EmptySection;
        }

        switch (section.Id)
        {
            case TcfEuSection:
                return TcString.Read(section.Content, out _) == TcStatus.Read ? GppStatus.Read : GppStatus.BadTcString;
            case TcfCaSection:
                return CheckCanada(section.Content);
            case UspSection:
                return UspString.Read(section.Content, out _) ? GppStatus.Read : GppStatus.BadSection;
            default:
                return UsLayout.Knows(section.Id) ? UsSection.Read(section.Id, section.Content, out _) : GppStatus.Read;
        }
    }

    /// <summary>Enough to tell it from another section under its number: a core of version 1.</summary>
    private static GppStatus CheckCanada(ReadOnlySpan<byte> content)
    {
        foreach (var range in content.Split((byte)'.'))
        {
            if (!SixBits.IsClean(content[range]))
            {
                return GppStatus.BadCharacter;
            }
        }

        return content[0] == 'B' ? GppStatus.Read : GppStatus.BadSection;
    }

    /// <summary>
    /// Walks header and sections side by side. The header's ranges are never spread out: each number of theirs takes a section, so a
    /// header that promises thousands ends where the sections do.
    /// </summary>
    public ref struct Enumerator
    {
        private readonly SixBits _header;
        private ReadOnlySpan<byte> _sections;
        private int _at = 24;
        private int _entries;
        private int _next = 1;
        private int _last;

        public Enumerator(ReadOnlySpan<byte> header, ReadOnlySpan<byte> sections)
        {
            _header = new SixBits(header);
            _sections = sections;
            _entries = _header.Has(12, 12) ? (int)_header.Read(12, 12) : 0;
        }

        public GppSection Current { get; private set; }

        /// <summary>Once there is no next section: whether header and sections ended together.</summary>
        public GppStatus Status { get; private set; }

        public bool MoveNext()
        {
            if (_next > _last && _entries == 0)
            {
                Status = _sections.IsEmpty ? GppStatus.Read : GppStatus.WrongSectionCount;
                return false;
            }

            if (_next > _last && !TakeEntry())
            {
                Status = GppStatus.BadHeader;
                return false;
            }

            if (_sections.IsEmpty)
            {
                Status = GppStatus.WrongSectionCount;
                return false;
            }

            var rest = _sections[1..];
            var end = rest.IndexOf((byte)'~');
            Current = new GppSection(_next++, end < 0 ? rest : rest[..end]);
            _sections = end < 0 ? default : rest[end..];
            return true;
        }

        /// <summary>Reads on in the header alone. The enumerator is of no use afterwards.</summary>
        public bool HeaderNames(int sectionId)
        {
            while (_entries > 0)
            {
                if (!TakeEntry() || (sectionId >= _next && sectionId <= _last))
                {
                    return true;
                }
            }

            return false;
        }

        private bool TakeEntry()
        {
            _entries--;
            if (!_header.Has(_at, 1))
            {
                return false;
            }

            var isRange = _header.IsSet(_at++);
            if (!Fibonacci.TryRead(_header, ref _at, out var step))
            {
                return false;
            }

            _next = _last + step;
            _last = _next;
            if (isRange)
            {
                if (!Fibonacci.TryRead(_header, ref _at, out step))
                {
                    return false;
                }

                _last += step;
            }

            return _last <= Fibonacci.Max;
        }
    }
}

/// <summary>One section of a GPP string.</summary>
internal readonly ref struct GppSection(int id, ReadOnlySpan<byte> content)
{
    public int Id { get; } = id;

    public ReadOnlySpan<byte> Content { get; } = content;
}
