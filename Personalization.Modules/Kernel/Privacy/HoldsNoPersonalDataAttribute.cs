namespace Personalization.Kernel.Privacy;

/// <summary>Marks a persisted state as out of erasure's reach on purpose. The architecture tests ask for this or for <see cref="IPersonalDataStore"/>.</summary>
/// <param name="reason">Why nobody's data can be in it.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HoldsNoPersonalDataAttribute(string reason) : Attribute
{
    public string Reason => reason;
}
