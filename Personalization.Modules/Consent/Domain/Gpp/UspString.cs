namespace Personalization.Consent.Domain.Gpp;

/// <summary>The US Privacy string, version 1: <c>1YNN</c>. Deprecated since 2024, and still sent.</summary>
/// <param name="Notice">Y, N or a dash, as the other two.</param>
/// <param name="OptOutSale">Y: the person opted out of the sale of personal data.</param>
/// <param name="LspaCovered">Whether the transaction falls under an agreement of the industry.</param>
internal readonly record struct UspString(char Notice, char OptOutSale, char LspaCovered)
{
    /// <summary>Four capital characters and nothing else.</summary>
    public static bool Read(ReadOnlySpan<byte> text, out UspString usp)
    {
        usp = default;
        if (text.Length != 4 || text[0] != '1' || text[1..].ContainsAnyExcept("YN-"u8))
        {
            return false;
        }

        usp = new UspString((char)text[1], (char)text[2], (char)text[3]);
        return true;
    }
}
