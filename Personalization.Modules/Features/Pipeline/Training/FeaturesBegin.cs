namespace Personalization.Features.Pipeline.Training;

/// <summary>
/// Marks in the registrations where the stages of this module begin: before it the gate has said what an event may be used for, behind it
/// the event becomes part of what is known.
/// </summary>
internal sealed class FeaturesBegin;
