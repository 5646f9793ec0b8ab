namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// Says of a state's table that each of its rows is what is known of one profile, under the profile's number, and follows from the events of that
/// profile and of those joined to it alone: what a comparison of a sample recomputes.
/// </summary>
/// <param name="table">Its number.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class ProfileRowsAttribute(byte table) : Attribute
{
    public byte Table => table;
}
