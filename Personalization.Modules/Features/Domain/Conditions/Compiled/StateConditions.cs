using System.Buffers.Binary;
using System.Text;
using Personalization.Consent.Contracts;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>
/// In another segment. What it says of the other is what the snapshot says: when that changes by itself is the other segment's affair.
/// </summary>
internal sealed class SegmentCondition(InSegment source) : LeafCondition(source)
{
    private int _segment = -1;

    public override int Cost => 3;

    public override bool Holds(ProfileSnapshot profile)
    {
        if (_segment < 0)
        {
            _segment = profile.Memberships.FindSegment(source.Segment);
        }

        return _segment >= 0 && profile.Memberships.IsMember(_segment, profile.ProfileId);
    }

    /// <summary>Those that ask about a segment are asked when somebody enters or leaves it.</summary>
    public override Effect EffectOf(Arrival arrival) => Effect.None;

    public override bool MayTurnByLoss(bool held) => false;

    public override void Touch(Touches touches) => touches.Segments.Add(source.Segment);

    protected override void Tell(ProfileSnapshot profile, Evidence evidence) => evidence.Value = Holds(profile) ? "is a member" : "is no member";
}

internal sealed class ListCondition(OnList source) : LeafCondition(source)
{
    private int _list = -1;

    public override int Cost => 5;

    public override bool Holds(ProfileSnapshot profile)
    {
        if (_list < 0)
        {
            _list = profile.Memberships.FindList(source.List);
        }

        return _list >= 0 && profile.Memberships.IsOnList(_list, profile.ProfileId);
    }

    public override void Touch(Touches touches) => touches.Lists.Add(source.List);

    protected override void Tell(ProfileSnapshot profile, Evidence evidence) => evidence.Value = Holds(profile) ? "is on it" : "is not on it";
}

internal sealed class FunnelCondition(FunnelStage source, ValueTest test) : LeafCondition(source)
{
    private int _funnel = -1;

    public override int Cost => 200;

    public override bool Holds(ProfileSnapshot profile) => Read(profile) is var stage and >= 0 && test.Holds(ScalarKind.Number, stage, default);

    public override void Touch(Touches touches) => touches.Funnels.Add(source.Funnel);

    protected override void Tell(ProfileSnapshot profile, Evidence evidence) =>
        evidence.Value = Read(profile) is var stage and >= 0 ? $"{stage} steps" : null;

    private int Read(ProfileSnapshot profile)
    {
        if (_funnel < 0)
        {
            _funnel = profile.Funnels.Find(source.Funnel);
        }

        return _funnel < 0 ? -1 : profile.Funnels.StageOf(_funnel, profile);
    }
}

/// <summary>A share of all people by chance, the same ones always.</summary>
internal sealed class RandomCondition(RandomShare source) : LeafCondition(source)
{
    private readonly UInt128 _seed = SipHash128.Hash(0, 0, Encoding.UTF8.GetBytes(source.Seed));

    /// <summary>
    /// A profile's place from 0 to below 1 for a seed: SipHash-2-4 of its number as four bytes, little end first, keyed with the hash of the seed's
    /// UTF-8 (which is keyed with zeros); the upper 53 of the lower 64 bits, as a fraction. Shares of one seed therefore contain each other, and
    /// different seeds have nothing to do with each other.
    /// </summary>
    public static double PlaceOf(int profileId, string seed) => PlaceOf(profileId, SipHash128.Hash(0, 0, Encoding.UTF8.GetBytes(seed)));

    public override bool Holds(ProfileSnapshot profile) => PlaceOf(profile.ProfileId, _seed) < source.Share;

    public override Effect EffectOf(Arrival arrival) => Effect.None;

    public override bool MayTurnByLoss(bool held) => false;

    public override void Touch(Touches touches)
    {
        // Who somebody is does not change.
    }

    protected override void Tell(ProfileSnapshot profile, Evidence evidence) => evidence.Value = PlaceOf(profile.ProfileId, _seed).ToString("0.######");

    private static double PlaceOf(int profileId, UInt128 seed)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(number, profileId);
        var hash = (ulong)SipHash128.Hash((ulong)seed, (ulong)(seed >> 64), number);
        return (hash >> 11) * (1.0 / (1UL << 53));
    }
}

internal sealed class ConsentCondition(ConsentIs source) : LeafCondition(source)
{
    private readonly Purposes _purpose = Enum.Parse<Purposes>(source.Purpose, ignoreCase: true);

    public override int Cost => 8;

    public override bool Holds(ProfileSnapshot profile) => Ask(profile).IsAllowed == source.IsGranted;

    public override void Touch(Touches touches) => touches.Consent = true;

    protected override void Tell(ProfileSnapshot profile, Evidence evidence) => evidence.Value = Ask(profile).Reason.ToString();

    private ConsentVerdict Ask(ProfileSnapshot profile)
    {
        var verdict = profile.Consent.May(profile.ProfileId, _purpose, profile.NowMs, out var endsAtMs);
        profile.ChangesAt(endsAtMs);
        return verdict;
    }
}
