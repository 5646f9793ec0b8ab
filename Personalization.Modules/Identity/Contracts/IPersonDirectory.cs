using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Contracts;

/// <summary>Finds people for administrative purposes: by any identifier, with everything that belongs to them. Thread-safe; may read disk.</summary>
public interface IPersonDirectory
{
    /// <summary>The living profile of an identifier, or -1.</summary>
    /// <param name="kind">As the graph names it: <c>user_id</c>, <c>anonymous_id</c>, <c>email</c>, <c>phone</c>, <c>device_id</c>, <c>advertising_id</c>, or a declared kind.</param>
    /// <param name="value">As clients send it.</param>
    int Find(string kind, string value);

    /// <summary>All profile numbers of the person that this one belongs to, itself included; empty when there is no such profile.</summary>
    IReadOnlySet<int> GroupOf(int profileId);

    /// <summary>The merges that hold among these profiles, in the order of the log. Complete while the pipeline rests.</summary>
    IReadOnlyList<PastMerge> MergesWithin(IReadOnlySet<int> profileIds);

    /// <summary>The person as erasure and access see it. Complete when a checkpoint has just been taken.</summary>
    ErasureSubject SubjectOf(int profileId);
}

/// <summary>A merge that holds.</summary>
/// <param name="From">The profile that ended.</param>
/// <param name="Into">The profile that it lives on in; merged further perhaps.</param>
/// <param name="Offset">Place in the log at which it took effect.</param>
public readonly record struct PastMerge(int From, int Into, long Offset);
