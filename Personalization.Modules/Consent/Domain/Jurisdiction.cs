using Personalization.Consent.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>What counts at a place for shoppers who have said nothing. Immutable; compared by reference.</summary>
internal sealed class Jurisdiction
{
    private readonly byte _mentioned;
    private readonly byte _granted;
    private readonly LawfulBasis[] _bases = new LawfulBasis[PurposeBits.Count];

    /// <param name="name">As configured; empty for what counts everywhere else.</param>
    /// <param name="defaults">The ground of each purpose that is mentioned; <see cref="LawfulBasis.None"/> denies.</param>
    public Jurisdiction(string name, IEnumerable<KeyValuePair<Purposes, LawfulBasis>> defaults)
    {
        Name = name;
        foreach (var (purposes, basis) in defaults)
        {
            foreach (var index in PurposeBits.Indexes((byte)purposes))
            {
                var bit = (byte)(1 << index);
                _mentioned |= bit;
                _granted = basis == LawfulBasis.None ? (byte)(_granted & ~bit) : (byte)(_granted | bit);
                _bases[index] = basis;
            }
        }
    }

    public string Name { get; }

    public LawfulBasis BasisOf(Purposes purpose) => _bases[PurposeBits.IndexOf(purpose)];

    public ConsentVerdict May(Purposes purpose) => new(
        (_granted & (byte)purpose) != 0,
        (_mentioned & (byte)purpose) != 0 ? ConsentReason.JurisdictionDefault : ConsentReason.NotStated);
}
