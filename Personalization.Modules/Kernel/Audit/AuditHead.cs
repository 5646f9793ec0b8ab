namespace Personalization.Kernel.Audit;

/// <summary>The end of the chain: it speaks for every entry before it. Whoever notes it elsewhere can prove later what was there.</summary>
/// <param name="Sequence">Of the newest entry; 0 when there is none.</param>
/// <param name="Hash">Of the newest entry, 64 hexadecimal digits; zeros when there is none.</param>
public sealed record AuditHead(long Sequence, string Hash)
{
    private const int HashDigits = AuditEntry.HashBytes * 2;

    public static readonly AuditHead Empty = new(0, new string('0', HashDigits));

    /// <summary><c>sequence:hash</c>; null for anything else.</summary>
    public static AuditHead? Parse(string text)
    {
        var parts = text.Trim().Split(':');
        return parts is [var sequence, { Length: HashDigits } hash] && long.TryParse(sequence, out var number) && number >= 0 && hash.All(char.IsAsciiHexDigit)
            ? new AuditHead(number, hash.ToLowerInvariant())
            : null;
    }

    public override string ToString() => $"{Sequence}:{Hash}";
}
