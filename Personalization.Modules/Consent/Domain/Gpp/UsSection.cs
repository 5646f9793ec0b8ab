using Personalization.Consent.Domain.Tcf;

namespace Personalization.Consent.Domain.Gpp;

/// <summary>One section of the United States, read in place. Checked before there is one.</summary>
internal readonly ref struct UsSection
{
    private const int GpcType = 1;
    private readonly SixBits _core;
    private readonly SixBits _sensitive;

    private UsSection(UsLayout layout, SixBits core, SixBits sensitive, bool hasGpc, bool isGpcSet)
    {
        Layout = layout;
        _core = core;
        _sensitive = sensitive;
        HasGpc = hasGpc;
        IsGpcSet = isGpcSet;
    }

    public UsLayout Layout { get; }

    public int Version => (int)_core.Read(0, 6);

    /// <summary>Whether the sub-section of Global Privacy Control is there.</summary>
    public bool HasGpc { get; }

    /// <summary>Global Privacy Control was on when the string was made.</summary>
    public bool IsGpcSet { get; }

    /// <summary>
    /// Reads one section. A sub-section for GPC is heeded even where the specification gives none: it can only forbid. A missing one
    /// is no signal.
    /// </summary>
    public static GppStatus Read(int sectionId, ReadOnlySpan<byte> content, out UsSection section)
    {
        section = default;
        var end = content.IndexOf((byte)'.');
        var coreText = end < 0 ? content : content[..end];
        if (coreText.IsEmpty || !SixBits.IsClean(coreText))
        {
            return coreText.IsEmpty ? GppStatus.EmptySection : GppStatus.BadCharacter;
        }

        var core = new SixBits(coreText);
        if (UsLayout.Of(sectionId, (int)core.Read(0, 6)) is not { } layout || !core.Has(0, layout.Bits))
        {
            return GppStatus.BadSection;
        }

        if (end < 0)
        {
            section = new UsSection(layout, core, default, hasGpc: false, isGpcSet: false);
            return GppStatus.Read;
        }

        var rest = content[(end + 1)..];
        if (rest.IsEmpty || !SixBits.IsClean(rest))
        {
            // A second dot is such a character: no section has three parts.
            return rest.IsEmpty ? GppStatus.EmptySection : GppStatus.BadCharacter;
        }

        var part = new SixBits(rest);
        if (layout.SensitiveApart > 0)
        {
            section = new UsSection(layout, core, part, hasGpc: false, isGpcSet: false);
            return part.Has(0, 2 * layout.SensitiveApart) ? GppStatus.Read : GppStatus.BadSection;
        }

        section = new UsSection(layout, core, default, hasGpc: true, isGpcSet: part.IsSet(2));
        return part.Read(0, 2) == GpcType ? GppStatus.Read : GppStatus.BadSection;
    }

    /// <summary>Values that the string has for a field; 0 for a field that the section does not have.</summary>
    public int CountOf(UsField field) =>
        field == UsField.SensitiveDataProcessing && Layout.SensitiveApart > 0
            ? (_sensitive.Length > 0 ? Layout.SensitiveApart : 0)
            : Layout.CountOf(field);

    /// <summary>One value of a field; not applicable for a field that the section does not have.</summary>
    public UsValue this[UsField field, int index = 0]
    {
        get
        {
            if (index >= CountOf(field))
            {
                return UsValue.NotApplicable;
            }

            return field == UsField.SensitiveDataProcessing && Layout.SensitiveApart > 0
                ? (UsValue)_sensitive.Read(2 * index, 2)
                : (UsValue)_core.Read(Layout.StartOf(field) + (2 * index), 2);
        }
    }

    /// <summary>Whether any value of a field is a refusal, an illegal one included.</summary>
    public bool SaysNo(UsField field)
    {
        for (var i = 0; i < CountOf(field); i++)
        {
            if (this[field, i] is UsValue.Yes or UsValue.Illegal)
            {
                return true;
            }
        }

        return false;
    }
}
