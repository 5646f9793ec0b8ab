namespace Personalization.Tracking.Domain;

/// <summary>Remembers the number of each source for as long as the log lives: events and duplicates are stored under it.</summary>
internal interface ISourceRegister
{
    /// <summary>The number of a source, given out when the name is seen for the first time.</summary>
    ushort IdOf(string name);

    /// <summary>The name of a number that was given out; the number itself, as text, when none was.</summary>
    string NameOf(ushort id);

    /// <summary>The number of a source that has one; null for a name that was never seen.</summary>
    ushort? Find(string name);
}
